import type { KeyState } from '@keywright/core'
import type { Config, KeySummary } from '../../../api/records.ts'
import { mayExpire } from './may-expire.ts'

const keyStates = ['active', 'paused', 'expired', 'revoked'] as const satisfies readonly KeyState[]

/**
 * The states to choose from: those that the configuration lists, and one that an address has chosen. A listed state that no action leads to
 * is left out while no key is in it.
 */
export function shownStates(
  config: Pick<Config, 'display' | 'actions' | 'expiry'>,
  states: KeySummary['states'] | undefined,
  chosen: readonly KeyState[],
): readonly KeyState[] {
  const reachable = (state: KeyState): boolean => {
    const { actions } = config
    if (state === 'paused') return actions.pause !== undefined
    if (state === 'revoked') return actions.revoke !== undefined
    return state === 'active' || mayExpire(config) || actions.rotate !== undefined
  }
  const { listedStates } = config.display
  const listed = listedStates.filter(
    (state) => reachable(state) || chosen.includes(state) || (states?.[state] ?? 0) > 0,
  )
  return [...listed, ...keyStates.filter((state) => !listedStates.includes(state) && chosen.includes(state))]
}

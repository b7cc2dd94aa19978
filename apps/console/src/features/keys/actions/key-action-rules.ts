import { canTransition, type LifecycleAction } from '@keywright/core'
import type { ActionWords, Config, Key } from '../../../api/records.ts'

/** Why an action cannot be done now. */
export type ActionReason = 'role' | 'revoked' | 'expired' | 'paused' | 'notNewest' | 'suspended'

/** An action that the configuration has for a key, and whether it can be done now. */
export interface OfferedAction {
  readonly action: LifecycleAction
  readonly words: ActionWords
  /** `null`: it can be done. */
  readonly reason: ActionReason | null
}

/** Who looks and where. */
export interface ActionPlace {
  readonly may: (action: LifecycleAction) => boolean
  readonly isSuspended: boolean
  readonly nowMs: number
}

type ActionKey = Pick<Key, 'state' | 'endsAt' | 'newest'>

const order = ['rotate', 'pause', 'reactivate', 'revoke', 'delete'] as const satisfies readonly LifecycleAction[]

/** The state of a key at a moment: its time may have run out since it was read. */
export const stateNow = ({ state, endsAt }: ActionKey, nowMs: number): Key['state'] =>
  state !== 'revoked' && endsAt !== null && Date.parse(endsAt) <= nowMs ? 'expired' : state

function reasonFor(action: LifecycleAction, key: ActionKey, place: ActionPlace): ActionReason | null {
  if (!place.may(action)) return 'role'
  const state = stateNow(key, place.nowMs)
  if (!canTransition(state, action)) {
    if (state === 'active') return null
    return state
  }
  if (action === 'rotate' && !key.newest) return 'notNewest'
  if (place.isSuspended && (action === 'rotate' || action === 'reactivate')) return 'suspended'
  return null
}

/** The actions that the configuration has, of pausing and reactivating the one that fits the key; each with why it cannot be done now. */
export function offeredActions(
  key: ActionKey,
  { actions }: Pick<Config, 'actions'>,
  place: ActionPlace,
): readonly OfferedAction[] {
  const isPaused = stateNow(key, place.nowMs) === 'paused'
  return order.flatMap((action) => {
    const words = actions[action]
    if (words === undefined) return []
    if (action === 'pause' && isPaused) return []
    if (action === 'reactivate' && !isPaused) return []
    return [{ action, words, reason: reasonFor(action, key, place) }]
  })
}

/** The action that takes another one back; `null`: it is final, or the way back is not offered. */
export function undoOf(action: LifecycleAction, { actions }: Pick<Config, 'actions'>, place: Pick<ActionPlace, 'may'>) {
  const back = action === 'pause' ? 'reactivate' : action === 'reactivate' ? 'pause' : null
  return back !== null && actions[back] !== undefined && place.may(back) ? back : null
}

/** Whether an action cannot be taken back by anyone. */
export const isFinal = (action: LifecycleAction): boolean => action === 'revoke' || action === 'delete'

import type { NodeEngine } from '@keywright/core'
import type { ConfigurationInForce } from './configuration.ts'
import type { Readiness } from './http/deps.ts'
import type { LimitsState } from './redis/open.ts'
import { unconfirmed } from './restore-mark.ts'
import type { Settings } from './settings.ts'
import type { RestoreMark } from './storage/ports.ts'

/** What a node knows of itself besides what its parts say. */
interface NodeState {
  /** The restore whose confirmation its store waits for. */
  readonly restored?: RestoreMark | null
  readonly isStopping?: boolean
}

/** Whether this node may serve, and what keeps it from it, or what it does otherwise than usual. */
export function readiness(
  engine: Pick<NodeEngine, 'state'>,
  { freshnessMs }: Pick<Settings, 'freshnessMs'>,
  inForce: Pick<ConfigurationInForce, 'isOurs' | 'schemaFits'>,
  limits: LimitsState | null,
  { restored = null, isStopping = false }: NodeState = {},
): Readiness {
  const obstacles = [
    ...(isStopping ? ['This node was told to stop.'] : []),
    ...(restored === null ? [] : [`The store was ${unconfirmed(restored)}`]),
    ...(engine.state.ageMs <= freshnessMs
      ? []
      : [`Memory is not proved fresh: the last proof is older than ${freshnessMs} ms.`]),
    ...(inForce.schemaFits
      ? []
      : [
          'A newer Keywright has brought the database to a schema that this one cannot use; start this node with the newer one.',
        ]),
    ...(inForce.isOurs
      ? []
      : ['Another configuration is in force than the one that this node was started with; restart it with that one.']),
    ...(limits?.mode === 'refuse' ? [`Checks of limited keys cannot be answered without Redis: ${limits.fault}.`] : []),
  ]
  const notes =
    limits?.mode === 'local' ? [`Limits are counted by this process alone without Redis: ${limits.fault}.`] : []
  return { ready: obstacles.length === 0, reasons: [...obstacles, ...notes] }
}

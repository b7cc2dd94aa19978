import type { Engine } from '@keywright/core'
import type { ConfigurationInForce } from './configuration.ts'
import type { Readiness } from './http/deps.ts'
import type { LimitsState } from './redis/open.ts'
import type { Settings } from './settings.ts'

/** Whether this node may serve, and what keeps it from it, or what it does otherwise than usual. */
export function readiness(
  engine: Pick<Engine, 'state'>,
  { freshnessMs }: Pick<Settings, 'freshnessMs'>,
  inForce: Pick<ConfigurationInForce, 'isOurs'>,
  limits: LimitsState | null,
  isStopping = false,
): Readiness {
  const obstacles = [
    ...(isStopping ? ['This node was told to stop.'] : []),
    ...(engine.state.ageMs <= freshnessMs
      ? []
      : [`Memory is not proved fresh: the last proof is older than ${freshnessMs} ms.`]),
    ...(inForce.isOurs
      ? []
      : ['Another configuration is in force than the one that this node was started with; restart it with that one.']),
    ...(limits?.mode === 'refuse' ? [`Checks of limited keys cannot be answered without Redis: ${limits.fault}.`] : []),
  ]
  const notes =
    limits?.mode === 'local' ? [`Limits are counted by this process alone without Redis: ${limits.fault}.`] : []
  return { ready: obstacles.length === 0, reasons: [...obstacles, ...notes] }
}

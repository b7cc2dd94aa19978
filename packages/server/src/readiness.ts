import type { Engine } from '@keywright/core'
import type { ConfigurationInForce } from './configuration.ts'
import type { Readiness } from './http/deps.ts'
import type { Settings } from './settings.ts'

/** Whether this node may serve, and what keeps it from it. */
export function readiness(engine: Engine, { freshnessMs }: Settings, inForce: ConfigurationInForce): Readiness {
  const reasons = [
    ...(engine.state.ageMs <= freshnessMs
      ? []
      : [`Memory is not proved fresh: the last proof is older than ${freshnessMs} ms.`]),
    ...(inForce.isOurs
      ? []
      : ['Another configuration is in force than the one that this node was started with; restart it with that one.']),
  ]
  return { ready: reasons.length === 0, reasons }
}

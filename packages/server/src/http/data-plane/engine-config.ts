import type { CredentialFacts, ResolvedConfig } from '@keywright/core'
import { sendJson } from './answer.ts'
import { parameterProblem, queryErrors } from './position.ts'
import { asVerifier, type DoorDeps, refuse, type Visit } from './visit.ts'

/** What an engine elsewhere needs of the configuration. */
const engineConfigOf = ({ activity, types, environments, plans, permissions }: ResolvedConfig): object => ({
  wholeAddresses: activity.wholeAddresses,
  types: types.map(({ id, audiences }) => ({ id, audiences })),
  environments: environments.map(({ id }) => id),
  plans: plans.map(({ id, limits, accountLimits }) => ({ id, limits, accountLimits })),
  permissions: [...permissions],
})

/** Answers `GET /v1/engine`: what an engine in the adopter's own process needs, so that it decides as this one does. */
export function serveEngine(visit: Visit, caller: CredentialFacts, deps: DoorDeps): void {
  asVerifier(visit, caller, deps, ({ environment, audiences }) => {
    const errors = queryErrors(visit.query, [])
    if (errors.length > 0) {
      refuse(visit, parameterProblem(errors), deps)
      return
    }
    const { config, configHash, freshnessMs } = deps
    const answer = { config: configHash, environment, audiences, freshnessMs, ...engineConfigOf(config) }
    sendJson(visit.exchange, 200, JSON.stringify(answer), visit.requestId)
  })
}

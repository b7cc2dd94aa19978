import { type CredentialFacts, isProblem, problem } from '@keywright/core'
import { JsonRefused } from '../json.ts'
import { faultFields } from '../logged.ts'
import { sendJson } from './answer.ts'
import { readBatch } from './usage-batch.ts'
import { asVerifier, type DoorDeps, refuse, type Visit, withJson } from './visit.ts'

const bytesMax = 8_388_608

/** Answers `POST /v1/usage`: takes what checks elsewhere left behind, each numbered batch once. */
export function serveUsage(visit: Visit, caller: CredentialFacts, deps: DoorDeps): void {
  const take = ({ id }: CredentialFacts) =>
    withJson(
      visit,
      bytesMax,
      deps,
      (value) => {
        const { engine, config, storeUsage, log } = deps
        const batch = readBatch(value, { nowMs: engine.storeNowMs(), wholeAddresses: config.activity.wholeAddresses })
        if (isProblem(batch)) {
          refuse(visit, batch, deps)
          return
        }
        // Numbers of a process count for themselves with each credential: nobody's batch can pass for another's.
        storeUsage({ ...batch, process: `${id}:${batch.process}` }).then(
          (stored) => sendJson(visit.exchange, 200, JSON.stringify({ stored }), visit.requestId),
          (error: unknown) => {
            log.error({ requestId: visit.requestId, ...faultFields(error) }, 'Reported usage could not be stored.')
            refuse(visit, problem('unavailable'), deps)
          },
        )
      },
      parse,
    )
  asVerifier(visit, caller, deps, take)
}

/** Every line is read by hand anyhow; looking over megabytes for repeated names first would hold up the checks of others. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new JsonRefused('The body is not JSON.')
  }
}

import { decide } from '../../decide.ts'
import type { Code } from '../../decision.ts'
import { compileGrant } from '../../grant.ts'
import { permissions } from './changes.ts'
import { config } from './parts.ts'
import { factsOfText } from './records.ts'
import type { Simulation } from './simulation.ts'

/** Longer than any wait, so that nothing of before is under way any more. */
const restMs = 5_000
/** Longer than a check takes now, even where the first proof that it hears of is too old. */
const answerMs = 120
/** How close to its end a key is not asked about: clocks that were set forward make it end early, until the next proof. */
const nearMs = 1_000

/** When nothing is lost or late any more, every engine agrees with the store again, and what was counted adds up. */
export async function comeToRest(simulation: Simulation): Promise<void> {
  const { world, store, engines } = simulation
  world.note(() => 'from here on nothing is disturbed')
  world.isHostile = false
  for (const { process } of [...engines, store]) process.resume()
  await world.advance(restMs)
  await agree(simulation)
  for (const where of engines) {
    void where
      .flush()
      .catch((error: unknown) => simulation.rule.violated(`usage of ${where.name} is not stored: ${String(error)}`))
  }
  await world.advance(answerMs * 10)
  addUp(simulation)
}

async function agree(simulation: Simulation): Promise<void> {
  const { changes, world, rule, engines } = simulation
  for (const [text, { id }] of changes.made) {
    for (const permission of permissions) {
      const answers = new Map<string, Code>()
      const request = simulation.request(text, permission, 0)
      // It costs nothing: neither limits nor quotas refuse it.
      for (const where of engines)
        void simulation.check(where, request).then(({ code }) => answers.set(where.name, code))
      const expected = codeOf(simulation, text, permission)
      await world.advance(answerMs)
      if (expected === undefined) continue
      for (const { name } of engines) {
        const code = answers.get(name)
        // What was known of a managing key before its end says that its children expired, what is read since that they have no parent.
        const isSame = code === expected || (code === 'EXPIRED' && expected === 'REVOKED' && isChild(simulation, text))
        if (!isSame) rule.violated(`at rest ${name} says ${code ?? 'nothing'} of ${id}, not ${expected}`)
      }
    }
  }
}

const isChild = ({ store }: Simulation, text: string): boolean => store.records.keys.get(text)?.parentLineageId !== null

/** The verdict of one who reads the store; `undefined` close to an end. */
function codeOf({ store }: Simulation, text: string, permission: string): Code | undefined {
  const nowMs = store.process.wallMs()
  const { records } = store
  const facts = factsOfText(records, text, nowMs)
  if (facts === undefined) return 'NOT_FOUND'
  const { endsAtMs } = facts
  if (endsAtMs !== null && Math.abs(endsAtMs - nowMs) < nearMs) return undefined
  const key = {
    ...facts,
    audiences: ['api'],
    grant: compileGrant(facts.grant),
    ownerActive: facts.owner?.active ?? true,
    parentUsable: facts.parent?.usable ?? true,
  }
  const request = { key: text, permissions: [permission], environment: null, audiences: ['api'] }
  return decide(key, records.accounts.get(facts.accountId), request, config.permissions, nowMs, 'not-asked')
}

function addUp({ tally, store, rule, changes, nodes, engines }: Simulation): void {
  for (const { process, engine } of engines)
    if (engine.state.atStake > 0) rule.violated(`usage of ${process.name} stays at stake: ${engine.state.atStake}`)
  for (const [process, recorded] of tally.recorded) {
    const counted = store.countedOf(process)
    const lost = tally.atStake.get(process) ?? 0
    if (counted > recorded || counted < recorded - lost)
      rule.violated(`usage of ${process}: ${counted} counted of ${recorded}, of which ${lost} were at stake`)
  }
  const isWhole = nodes.every(({ restarts }) => restarts === 0)
  for (const { lineageId, quota, id } of changes.made.values()) {
    if (quota === null) continue
    const used = store.quotaUsed.get(lineageId) ?? 0
    const accepted = rule.quotaAccepted.get(lineageId) ?? 0
    const unheard = store.quotaUnheard.get(lineageId) ?? 0
    const leftOver = used - accepted - unheard
    if (used < accepted || (isWhole && leftOver !== 0))
      rule.violated(`the quota of ${id}: ${used} used by ${accepted} accepted checks, ${unheard} were not heard of`)
  }
}

import type { CheckRequest, Decision, NodeEngine } from '@keywright/core'
import { endWithParent } from './endings.ts'
import { benchEngine, benchKeys, benchSource, requestOf } from './engine-setup.ts'
import { floorOf } from './floor.ts'
import { type Comparison, compare, perSecond, perSecondLater } from './measure.ts'

endWithParent()
// Runs as a process of its own for one number of keys, so that no size inherits another's heap, and sends its results.
const keyCount = Number(process.argv[2])
const [roundMs, rounds] = [700, 9]
/** Visits keys in an order that caches cannot guess. */
const stride = 7_919
const audiences = ['api']
const permissions = ['jobs.view']
/** More unknown texts than an engine remembers, so that the oldest is forgotten when it comes again. */
const unknownTexts = 100_000
const rememberedTexts = 10_000
const aimAtHit = 0.6

const keys = benchKeys(keyCount)
const unknown = benchKeys(unknownTexts)
const malformed = keys.slice(0, 10_000).map((key) => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`)
const look = floorOf(keys)

const at = (texts: readonly string[], index: number): string => texts[(index * stride) % texts.length] as string

/** What a check of the bench asks, made anew for each check as a server does. */
const request = (key: string): CheckRequest => ({
  key,
  permissions,
  environment: 'production',
  audiences,
  ip: '192.0.2.7',
})

const floor = () => perSecond(roundMs, (index) => look(at(keys, index)))

/** An engine in which every key that is presented once stays; a proof lasts for the run, since what is measured is the check. */
async function warmEngine(texts: readonly string[], state: 'active' | 'revoked'): Promise<NodeEngine> {
  const engine = benchEngine(benchSource(texts, state), keyCount, 3_600_000)
  await engine.refresh()
  for (const text of texts) await engine.verify(requestOf(text))
  await engine.flush(async () => {})
  return engine
}

function measured(name: string, rate: () => number | Promise<number>, aimRatio?: number): Promise<Comparison> {
  const about = { name: `${name}, ${keyCount.toLocaleString('en')} keys`, unit: 'checks/s', rounds }
  return compare(aimRatio === undefined ? about : { ...about, aimRatio }, floor, rate)
}

function expected(decision: Decision | Promise<Decision>, code: Decision['code']): void {
  if (decision instanceof Promise) throw new Error('the answer was not there at once')
  if (decision.code !== code) throw new Error(`${decision.code} where ${code} was expected`)
}

/** Checks that are answered at once, and the handing over of what they counted. */
const atOnce = (engine: NodeEngine, texts: readonly string[], code: Decision['code']) => async () => {
  const rate = perSecond(roundMs, (index) => expected(engine.verify(request(at(texts, index))), code))
  await engine.flush(async () => {})
  return rate
}

/** Checks for which the source is asked each time. */
const asking = (engine: NodeEngine, texts: readonly string[], code: Decision['code']) => {
  let count = 0
  return async () => {
    const rate = await perSecondLater(roundMs, 64, async () => {
      const decision = engine.verify(request(texts[count++ % texts.length] as string))
      if (!(decision instanceof Promise)) throw new Error('memory answered what it was to ask for')
      expected(await decision, code)
    })
    await engine.flush(async () => {})
    return rate
  }
}

const active = await warmEngine(keys, 'active')
const results: Comparison[] = [
  await measured(
    'hit: permission, limit and usage counted',
    atOnce(active, keys, 'VALID'),
    keyCount === 100_000 ? aimAtHit : undefined,
  ),
  await measured('malformed', atOnce(active, malformed, 'MALFORMED')),
]
await Promise.all(unknown.slice(0, rememberedTexts).map(async (text) => active.verify(request(text))))
results.push(
  await measured('unknown, remembered as such', atOnce(active, unknown.slice(0, rememberedTexts), 'NOT_FOUND')),
)
results.push(await measured('unknown, asked for', asking(active, unknown.slice(rememberedTexts), 'NOT_FOUND')))

const revoked = await warmEngine(keys, 'revoked')
results.push(await measured('revoked', atOnce(revoked, keys, 'REVOKED')))

const forgetful = benchEngine(benchSource(keys), Math.max(1, keyCount / 10), 3_600_000)
await forgetful.refresh()
results.push(await measured('miss: facts asked for from a source in the process', asking(forgetful, keys, 'VALID')))

process.send?.({ results })

import { randomBytes } from 'node:crypto'
import { compileLimit, type EngineLimitRequest, type Limit, type Rate, SharedLimits } from '@keywright/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyNames } from './names.ts'
import { limitScript, redisLimitScript, redisNow, type Script } from './script.ts'
import { startRedis, type TestRedis } from './testing.ts'
import { readAnswer, scriptArguments } from './wire.ts'

/** The same script on a clock that the test moves: it comes as the last argument, and nothing goes by itself. */
const timed = limitScript({ now: 'tonumber(ARGV[#ARGV])', keepMs: '3600000' })

const limits: readonly Limit[] = [
  { name: 'requests', limit: 3, windowSeconds: 1 },
  { name: 'requests', limit: 7, windowSeconds: 1 },
  { name: 'requests', limit: 10, windowSeconds: 60, burst: 2 },
  // Alone under its name: core keeps a quarter of a nanosecond, which is much of so small a unit, and much more of another one made from it.
  { name: 'bytes', limit: 1_000_000, windowSeconds: 1, burst: 10 },
  { name: 'daily', limit: 5, windowSeconds: 86_400 },
  { name: 'daily', limit: 800, windowSeconds: 86_400, burst: 2 },
  { name: 'besides', limit: 1, windowSeconds: 2, burst: 4 },
  { name: 'nothing', limit: 0, windowSeconds: 10 },
  { name: 'nothing', limit: 5, windowSeconds: 10 },
]

const rateSets = fc
  .uniqueArray(fc.nat(limits.length - 1), { minLength: 1, maxLength: 3 })
  .map((chosen) => chosen.map((index) => compileLimit(limits[index] as Limit)))
const owners = fc.uniqueArray(fc.constantFrom('lineage', 'account'), { minLength: 1 })
const step = fc.record({
  what: fc.constantFrom('take' as const, 'take' as const, 'take' as const, 'give' as const),
  cost: fc.constantFrom(1, 1, 1, 0, 0.25, 1 / 3, 2.5, 4, 11, -1, Number.NaN),
  owners,
  rates: fc.tuple(rateSets, rateSets),
  passedMicroseconds: fc.oneof(fc.constant(0), fc.nat(400_003), fc.nat(90_000_001)),
})

/** A millionth of a unit: what doubles round away where one side counts from a moment and the other from the start of a process. */
const slackOf = ({ emissionMs }: Rate): number => (Number.isFinite(emissionMs) ? 1e-6 + emissionMs * 1e-6 : 0)
const near = (expectedMs: number, slackMs: number): unknown =>
  expect.toSatisfy((ms: number) => ms === expectedMs || Math.abs(ms - expectedMs) <= slackMs, `about ${expectedMs}`)

describe.skipIf(!process.env['KEYWRIGHT_TEST_REDIS'])('the script of the limits', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
    for (const { text } of [timed, redisLimitScript]) await redis.client.script('LOAD', text)
  })
  afterAll(() => redis.stop())

  const run = async (
    { sha1 }: Script,
    what: 'take' | 'give',
    requests: readonly EngineLimitRequest[],
    cost: number,
    ...more: string[]
  ): Promise<string> => {
    const keys = requests.map(({ owner }) => owner)
    const parameters = [...scriptArguments(what, requests, cost), ...more]
    return String(await redis.client.evalsha(sha1, keys.length, ...keys, ...parameters))
  }

  test('answers what limits in memory answer, at every step of whatever happens', { timeout: 60_000 }, async () => {
    const taken = { yes: 0, no: 0, changed: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const [id, memory] = [randomBytes(9).toString('base64url'), new SharedLimits()]
        let now = 1_763_640_000_000_000
        const began = now
        for (const { what, cost, owners: chosen, rates, passedMicroseconds } of steps) {
          now += passedMicroseconds
          const nowMs = 1_000 + (now - began) / 1_000
          const requests = chosen.map((owner) => ({
            owner: `{${id}}${owner}`,
            rates: rates[owner === 'lineage' ? 0 : 1],
          }))
          // Giving back what is no number is nothing that a check can do.
          const units = what === 'give' ? Math.abs(cost) || 0 : cost
          const reply = await run(timed, what, requests, units, String(now))
          if (what === 'give') {
            memory.giveBack(requests, units, nowMs)
            continue
          }
          const expected = memory.take(requests, units, nowMs)
          const answer = readAnswer(reply, requests, units)
          taken[answer.taken ? 'yes' : 'no']++
          const slackMs = Math.max(...requests.flatMap((request) => request.rates.map(slackOf)))
          expect(answer).toEqual({
            taken: expected.taken,
            states: expected.states.map((state) => ({ ...state, retryAfterMs: near(state.retryAfterMs, slackMs) })),
            retryAfterMs: expected.retryAfterMs === null ? null : near(expected.retryAfterMs, slackMs),
          })
        }
      }),
      { numRuns: 400 },
    )
    // The steps are of use only while both happen often.
    expect(Math.min(taken.yes, taken.no)).toBeGreaterThan(500)
  })

  const perSecond = compileLimit({ name: 'requests', limit: 10, windowSeconds: 1_000 })
  const together = compileLimit({ name: 'together', limit: 3, windowSeconds: 1_000 })

  test('U5: of several limits of several owners all are taken or none', async () => {
    const requests = [
      { owner: '{a}lineage', rates: [perSecond] },
      { owner: '{a}account', rates: [together] },
    ]
    const take = async (cost: number) => readAnswer(await run(redisLimitScript, 'take', requests, cost), requests, cost)
    for (let index = 0; index < 3; index++) expect((await take(1)).taken).toBe(true)
    for (let index = 0; index < 20; index++) expect((await take(1)).taken).toBe(false)
    expect((await take(0)).states).toMatchObject([
      { name: 'requests', remaining: 7 },
      { name: 'together', remaining: 0 },
    ])
  })

  test('runs on the clock of Redis itself, to the microsecond', async () => {
    const told = async () => {
      const [seconds, micro] = (await redis.client.time()).map(Number)
      return Number(seconds) * 1_000_000 + Number(micro)
    }
    const before = await told()
    const now = Number(await redis.client.eval(`return string.format('%.0f', ${redisNow})`, 0))
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(await told())
  })

  test('keeps what was taken for as long as it counts and no longer', async () => {
    const requests = [{ owner: '{b}lineage', rates: [perSecond] }]
    const began = performance.now()
    await run(redisLimitScript, 'take', requests, 2)
    const leftMs = await redis.client.pttl('{b}lineage')
    expect(leftMs).toBeLessThanOrEqual(200_002)
    expect(leftMs).toBeGreaterThanOrEqual(200_000 - (performance.now() - began))
    await run(redisLimitScript, 'give', requests, 2)
    expect(await redis.client.exists('{b}lineage')).toBe(0)
  })

  test('where the clock of Redis is set back, nothing taken is forgotten, and time goes on from there', async () => {
    const requests = [{ owner: '{c}lineage', rates: [together] }]
    const take = async (now: number) => (await run(timed, 'take', requests, 1, String(now)))[0]
    const [now, back, second] = [1_763_640_000_000_000, 3_600_000_000, 1_000_000]
    expect([await take(now), await take(now), await take(now), await take(now)]).toEqual(['1', '1', '1', '0'])
    expect(await take(now - back)).toBe('0')
    expect(await take(now - back + 329 * second)).toBe('0')
    expect(await take(now - back + 334 * second)).toBe('1')
  })

  test('names of keys tell neither owner nor secret, differ between installations, and carry the one hash tag of all', () => {
    const [ours, theirs] = [keyNames(Buffer.from('first secret')), keyNames(Buffer.from('other secret'))]
    expect(ours('lin_1')).toBe(keyNames(Buffer.from('first secret'))('lin_1'))
    expect(new Set([ours('lin_1'), ours('lin_2'), theirs('lin_1')]).size).toBe(3)
    expect(ours('lin_1')).toMatch(/^\{keywright\}:limit:[\w-]{24}$/)
  })
})

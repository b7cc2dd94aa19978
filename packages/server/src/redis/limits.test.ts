import { fork } from 'node:child_process'
import { once } from 'node:events'
import { compileLimit, type EngineLimitRequest, type Limit } from '@keywright/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { Secret } from '../secret.ts'
import type { LimitsOutage } from './limits.ts'
import { keyNames } from './names.ts'
import { type OpenLimits, openRedisLimits } from './open.ts'
import type { TakingOrder, TakingReport } from './taking-process.testing.ts'
import { startRedis, type TestRedis } from './testing.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const ending of endings.splice(0).reverse()) await ending()
})

const redisFor = async (...parameters: string[]): Promise<TestRedis> => {
  const redis = await startRedis(...parameters)
  endings.push(() => redis.stop())
  return redis
}

const secret = Buffer.from('one secret of all processes')

interface Opened extends OpenLimits {
  /** Every line of the log, as text. */
  readonly lines: readonly string[]
  /** Takes for one check and tells what came of it. */
  readonly check: (cost?: number) => Promise<string>
}

const perHour: Limit = { name: 'requests', limit: 10, windowSeconds: 3_600 }
/** A new object for each check, as the engine makes it. */
const asked = (...limits: Limit[]): EngineLimitRequest[] => [{ owner: 'lin_1', rates: limits.map(compileLimit) }]

async function limitsOver(url: string, outage: LimitsOutage, freshnessMs = 3_000): Promise<Opened> {
  const lines: string[] = []
  const write = (fields: object, message: string) => void lines.push(JSON.stringify(fields) + message)
  const log = { info: write, error: write }
  const open = await openRedisLimits({ url: new Secret(url), outage, freshnessMs, secret, clock: systemClock, log })
  endings.push(() => open.close())
  const check = async (cost = 1) => {
    try {
      const { taken, states } = await open.limiter.take(asked(perHour), cost)
      return `${taken ? 'taken' : 'refused'}, ${states[0]?.remaining} left${states[0]?.scope === 'local' ? ' here' : ''}`
    } catch {
      return 'no answer'
    }
  }
  return { ...open, lines, check }
}

/** A recovery has to happen without hands, within five seconds. */
const soon = (look: () => unknown) => vi.waitFor(look, { timeout: 5_000, interval: 20 })

const processes = 4

async function takeInProcesses(order: TakingOrder): Promise<TakingReport> {
  const children = Array.from({ length: processes }, () =>
    fork(new URL('./taking-process.testing.ts', import.meta.url), { execArgv: [] }),
  )
  endings.push(async () => children.map((child) => child.kill('SIGKILL')))
  await Promise.all(children.map((child) => once(child, 'message')))
  const reports = children.map(async (child) => {
    child.send(order)
    return (await once(child, 'message'))[0] as TakingReport
  })
  const all = await Promise.all(reports)
  return {
    accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  }
}

describe.skipIf(!process.env['KEYWRIGHT_TEST_REDIS'])('limits in Redis', { timeout: 30_000 }, () => {
  test('T9: of 4,000 checks at once in four processes exactly as many are accepted as the limit has, all limits or none', async () => {
    const redis = await redisFor()
    const own: Limit = { name: 'requests', limit: 1_000, windowSeconds: 31_622_400 }
    const shared: Limit = { name: 'together', limit: 700, windowSeconds: 31_622_400 }
    const owners = [
      { owner: 'lin_1', limits: [own] },
      { owner: 'acc_1', limits: [shared] },
    ]
    const { accepted, failed } = await takeInProcesses({ url: redis.url, takes: 1_000, atOnce: 50, owners })
    // Where a busy machine let an answer be late, what was taken for it may be counted or given back.
    expect(accepted).toBeLessThanOrEqual(700)
    expect(accepted).toBeGreaterThanOrEqual(700 - failed)
    const { limiter } = await limitsOver(redis.url, 'refuse')
    const requests = owners.map(({ owner, limits }) => ({ owner, rates: limits.map(compileLimit) }))
    const left = (await limiter.take(requests, 0)).states.map(({ remaining }) => remaining)
    expect(left).toEqual([300, 0])
  })

  test('while time goes on, four processes together admit no more than the burst and the rate since', async () => {
    const redis = await redisFor()
    const limit: Limit = { name: 'requests', limit: 2_000, windowSeconds: 1, burst: 100 }
    const clockMs = async () => {
      const [seconds, micro] = (await redis.client.time()).map(Number)
      return Number(seconds) * 1_000 + Number(micro) / 1_000
    }
    const before = await clockMs()
    const owners = [{ owner: 'lin_1', limits: [limit] }]
    const { accepted } = await takeInProcesses({ url: redis.url, takes: 1_500, atOnce: 20, owners })
    const passedMs = (await clockMs()) - before
    // The hundredth of a unit is the slack of the algorithm itself.
    expect(accepted).toBeLessThanOrEqual(Math.floor(100 + passedMs * 2 + 0.01))
    expect(accepted).toBeGreaterThan(100)
  })

  test('a check is one command, also of several owners; a Redis that forgot the script is told it again', async () => {
    const redis = await redisFor()
    const { limiter, check } = await limitsOver(redis.url, 'refuse')
    const evaluated = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0)
    const requests = [...asked(perHour), { owner: 'acc_1', rates: [compileLimit(perHour)] }]
    const before = await evaluated()
    for (let index = 0; index < 200; index++) await limiter.take(requests, 1)
    const during = (await evaluated()) - before
    // Besides the checks there is a probe now and then.
    expect(during).toBeGreaterThanOrEqual(200)
    expect(during).toBeLessThan(300)
    await redis.client.script('FLUSH')
    expect(await check(0)).toBe('taken, 0 left')
  })

  test('what a check took is given back, also in fractions', async () => {
    const redis = await redisFor()
    const { limiter, check } = await limitsOver(redis.url, 'local')
    const requests = asked(perHour)
    expect(await limiter.take(requests, 2.5)).toMatchObject({ taken: true, states: [{ remaining: 7 }] })
    expect(await check(0)).toBe('taken, 7 left')
    await limiter.giveBack(requests, 2.5)
    expect(await check(0)).toBe('taken, 10 left')
    expect(await redis.client.exists(keyNames(secret)('lin_1'))).toBe(0)
  })

  test('refuse: without Redis no check is answered, and with a new one all are again, by themselves', async () => {
    const redis = await redisFor()
    const { check, state, lines } = await limitsOver(redis.url, 'refuse')
    expect(await check()).toBe('taken, 9 left')
    await redis.signal('SIGKILL')
    expect(await check()).toBe('no answer')
    expect(await check(0)).toBe('no answer')
    await soon(() => expect(state().fault).toMatch(/connection ended|cannot be reached/))
    expect(state().mode).toBe('refuse')
    await redis.restart()
    await soon(() => expect(state()).toMatchObject({ mode: 'exact', fault: null }))
    // What it kept in memory is gone with it, which the guide says.
    expect(await check()).toBe('taken, 9 left')
    expect(lines.join('\n')).toMatch(/out of reach\. Checks of limited keys are answered with 503.*\n.*Redis answers/)
  })

  test('local: without Redis each process goes on from what it let pass itself, says so, and never admits more than its own limit', async () => {
    const redis = await redisFor()
    const [one, other] = [await limitsOver(redis.url, 'local'), await limitsOver(redis.url, 'local')]
    for (let index = 0; index < 4; index++) await one.check()
    expect(await other.check(3)).toBe('taken, 3 left')
    await redis.signal('SIGKILL')
    await soon(() => expect([one.state().mode, other.state().mode]).toEqual(['local', 'local']))
    expect(await one.check(0)).toBe('taken, 6 left here')
    expect(await other.check(0)).toBe('taken, 7 left here')
    for (let index = 0; index < 6; index++) expect(await one.check()).toContain('taken')
    expect(await one.check()).toBe('refused, 0 left here')
    expect(one.state().countedAlone).toBe(8)
    expect(one.lines.join('\n')).toContain('counts limits alone')
    await redis.restart()
    await soon(() => expect(one.state().mode).toBe('exact'))
    expect(await one.check()).toBe('taken, 9 left')
  })

  test('local: what was taken here is given back here, and what was taken there, there', async () => {
    const redis = await redisFor()
    const { limiter, check, state } = await limitsOver(redis.url, 'local')
    const there = asked(perHour)
    await limiter.take(there, 2)
    await redis.signal('SIGKILL')
    await soon(() => expect(state().mode).toBe('local'))
    const here = asked(perHour)
    await limiter.take(here, 3)
    expect(await check(0)).toBe('taken, 5 left here')
    await limiter.giveBack(here, 3)
    expect(await check(0)).toBe('taken, 8 left here')
    await expect(limiter.giveBack(there, 2)).rejects.toThrow('Redis cannot be reached')
    expect(await check(0)).toBe('taken, 10 left here')
    await redis.restart()
    await soon(() => expect(state().mode).toBe('exact'))
    expect(await check(0)).toBe('taken, 10 left')
  })

  test.each(['refuse', 'local'] as const)(
    '%s: a Redis that stands still holds up no check for longer than the wait; what it takes too late is given back',
    async (outage) => {
      const redis = await redisFor()
      const { check, state } = await limitsOver(redis.url, outage, 600)
      expect(await check()).toBe('taken, 9 left')
      await redis.signal('SIGSTOP')
      const expected = outage === 'refuse' ? 'no answer' : /taken, \d left here/
      for (const answer of await Promise.all([check(), check(), check()])) expect(answer).toMatch(expected)
      expect(state().mode).toBe(outage)
      await redis.signal('SIGCONT')
      await soon(() => expect(state().mode).toBe('exact'))
      await soon(async () => expect(await check(0)).toBe('taken, 9 left'))
      expect(state().unsettled).toBe(0)
    },
  )

  test('a Redis that stands still for long is let go; what it may have taken is counted as unsettled, and all is well after it', async () => {
    const redis = await redisFor()
    const { check, state } = await limitsOver(redis.url, 'refuse', 600)
    await redis.signal('SIGSTOP')
    expect(await Promise.all([check(), check()])).toEqual(['no answer', 'no answer'])
    await soon(() => expect(state().unsettled).toBe(2))
    await redis.signal('SIGCONT')
    await soon(() => expect(state()).toMatchObject({ mode: 'exact', fault: null }))
    expect(await check(0)).toMatch(/^taken, (?:8|9|10) left$/)
  })

  test('a Redis that refuses to be written counts as out of reach, and says why', async () => {
    const redis = await redisFor()
    const { check, state } = await limitsOver(redis.url, 'refuse')
    expect(await check()).toBe('taken, 9 left')
    await redis.client.config('SET', 'maxmemory', '1')
    await soon(() => expect(state()).toMatchObject({ mode: 'refuse', fault: 'its memory is full' }))
    expect(await check()).toBe('no answer')
    await redis.client.config('SET', 'maxmemory', '0')
    await soon(() => expect(state().mode).toBe('exact'))
    expect(await check()).toBe('taken, 8 left')
  })

  test('T19: a password is used and never told, also where it is wrong or Redis quotes what it was sent', async () => {
    const redis = await redisFor('--requirepass', 'hunter2-hunter2')
    const right = await limitsOver(`redis://:hunter2-hunter2@127.0.0.1:${redis.port}/3`, 'refuse')
    expect(await right.check()).toBe('taken, 9 left')
    const wrong = await limitsOver(`redis://keys:hunter3-hunter3@127.0.0.1:${redis.port}`, 'refuse')
    expect(wrong.state().fault).toBe('it refuses the user or the password of KEYWRIGHT_REDIS_URL')
    const none = await limitsOver(redis.url, 'refuse')
    expect(none.state().fault).toMatch(/it wants a password/)
    const rude = await redisFor('--rename-command', 'AUTH', '')
    const quoted = await limitsOver(`redis://:hunter4-hunter4@127.0.0.1:${rude.port}`, 'refuse')
    expect(quoted.state().fault).toBe('it answered with an error (ERR)')
    const told = [right, wrong, none, quoted].flatMap(({ lines, state }) => [...lines, JSON.stringify(state())])
    expect(told.join('\n')).not.toMatch(/hunter/)
  })

  test('a user with the rights that the guide names is enough, and a state takes no more than it says', async () => {
    const redis = await redisFor()
    const rights = ['~{keywright}*', '+evalsha', '+eval', '+time', '+get', '+set', '+del']
    await redis.client.acl('SETUSER', 'keys', 'on', '>hunter2-hunter2', ...rights)
    const { check } = await limitsOver(`redis://keys:hunter2-hunter2@127.0.0.1:${redis.port}`, 'refuse')
    expect(await check()).toBe('taken, 9 left')
    expect(await redis.client.memory('USAGE', keyNames(secret)('lin_1'))).toBeLessThan(250)
  })

  test('a start without Redis goes on, and finds it when it comes', async () => {
    const redis = await redisFor()
    await redis.signal('SIGKILL')
    const { check, state } = await limitsOver(redis.url, 'refuse')
    expect(state()).toMatchObject({ mode: 'refuse', fault: 'it cannot be reached (ECONNREFUSED)' })
    await redis.restart()
    await soon(() => expect(state().mode).toBe('exact'))
    expect(await check()).toBe('taken, 9 left')
  })
})

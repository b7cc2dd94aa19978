import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, type Call, callsWith } from './support/calls.ts'
import { type ChildServer, startServer } from './support/child-server.ts'
import { temporaryFolder } from './support/cleanup.ts'
import { configFile } from './support/everything.config.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import { freePort } from './support/ports.ts'
import { makeProject, printedBy, programOf, type Runtime, runtimes, startIn } from './support/runtime.ts'

const freshnessMs = 1_000
/** Less than what reads of the head alone would need in the first part of the story. */
const feedMs = 2_000
/** A process that has nothing to do any more ends at once; one that has, never. */
const endsWithinMs = 5_000

let project: string
let server: ChildServer
let operator: Call
let credential: string
beforeAll(async () => {
  project = await makeProject()
}, 60_000)

const start = (runtime: Runtime, script: string, more: Readonly<Record<string, string>> = {}) =>
  startIn(runtime, project, script, { KEYWRIGHT_URL: server.url, KEYWRIGHT_CREDENTIAL: credential, ...more })

const usageOf = async (id: string) =>
  (await bodyOf(operator<{ totals: { accepted: number; refused: number } }>('GET', `/v1/keys/${id}/usage`))).totals

const revoke = async (id: string): Promise<number> => {
  await bodyOf(operator('POST', `/v1/keys/${id}/revoke`))
  return Date.now()
}

describe.each(runtimes)('the built SDK in $name', (runtime) => {
  let environment: Readonly<Record<string, string>>
  beforeAll(async () => {
    const operatorKey = randomBytes(32).toString('hex')
    environment = {
      KEYWRIGHT_DATA: temporaryFolder(),
      KEYWRIGHT_CONFIG: configFile,
      KEYWRIGHT_OPERATOR_KEY: operatorKey,
      KEYWRIGHT_PORT: String(await freePort()),
    }
    server = await startServer(environment)
    operator = callsWith(server.url, operatorKey)
    credential = await createVerifyCredential(operator, { environment: 'live', audiences: ['shop'] })
  }, 90_000)

  test('timers of a verifier that nobody closed do not keep the process', async (context) => {
    if (programOf(runtime) === undefined) return context.skip(`because npm brings no ${runtime.name} for this system`)
    const account = await createAccount(operator, 'Acme')
    const { secret } = await createKey(operator, account.id, { name: 'Forgotten', preset: 'all' })
    const running = start(runtime, 'forgotten.js', { KEPT_KEY: secret })
    expect(await running.next('left')).toMatchObject({ code: 'VALID', mode: 'local' })
    expect(await running.end(endsWithinMs), running.printed()).toBe(0)
  }, 60_000)

  test('guards an API as people write it there, with the address of the caller, until it is told to end', async (context) => {
    if (programOf(runtime) === undefined) return context.skip(`because npm brings no ${runtime.name} for this system`)
    const account = await createAccount(operator, 'Acme')
    const limited = await createKey(operator, account.id, {
      name: 'Here alone',
      preset: 'reader',
      allowedNetworks: ['127.0.0.1/32'],
    })
    const running = start(runtime, runtime.api)
    const url = String((await running.next('serves'))['url'])
    const [nobody, caller] = [callsWith(url, null), callsWith(url, limited.secret)]
    let accepted = 0
    for (const path of runtime.paths) {
      expect((await nobody('GET', path)).status, path).toBe(401)
      for (let check = 0; check < 2; check++) {
        expect(await bodyOf(caller('GET', path)), path).toEqual({ account: account.id })
        accepted++
      }
    }
    expect((await nobody('GET', '/state')).body).toMatchObject({ mode: 'local', keys: 1, lastError: null })
    const revokedAtMs = await revoke(limited.id)
    let refused = 0
    for (const path of runtime.paths)
      await until('the refusal', async () => {
        const beganAtMs = Date.now()
        const { status } = await caller('GET', path)
        if (status === 200) accepted++
        else refused++
        if (status === 200) expect(beganAtMs - revokedAtMs, path).toBeLessThanOrEqual(freshnessMs)
        return status === 401
      })
    running.stop()
    expect(await running.end(endsWithinMs), running.printed()).toBe(0)
    expect(await usageOf(limited.id)).toEqual({ accepted, refused })
  }, 60_000)

  test('U3, T7: answers from memory, follows the feed, holds its bound without a server, counts exactly and ends', async (context) => {
    const program = programOf(runtime)
    if (program === undefined) return context.skip(`because npm brings no ${runtime.name} for this system`)
    expect(await printedBy(program, '--version')).toMatch(runtime.version)
    const account = await createAccount(operator, 'Acme')
    const [first, second] = await Promise.all(
      ['First', 'Second'].map((name) => createKey(operator, account.id, { name, preset: 'all' })),
    )
    if (first === undefined || second === undefined) throw new Error('no keys')
    const running = start(runtime, 'story.js', {
      FRESHNESS_MS: String(freshnessMs),
      REVOKED_KEY: first.secret,
      KEPT_KEY: second.secret,
    })
    const met = { mode: 'local', isAsked: true, code: 'VALID', again: 'VALID' }
    expect(await running.next('met')).toMatchObject(met)
    await running.next('revoke')
    const revokedAtMs = await revoke(first.id)
    const refused = await running.next('refused')
    expect(refused['code']).toBe('REVOKED')
    expect(Number(refused['acceptedAtMs']) - revokedAtMs).toBeLessThanOrEqual(feedMs)

    expect(await running.next('met')).toMatchObject(met)
    await running.next('stop')
    await server.stop()
    const goneAtMs = Date.now()
    const unavailable = await running.next('unavailable')
    expect(Number(unavailable['acceptedAtMs']) - goneAtMs).toBeLessThanOrEqual(freshnessMs)
    await running.next('start')
    server = await startServer(environment)
    await running.next('back')

    const closed = await running.next('closed')
    expect(await running.end(endsWithinMs), running.printed()).toBe(0)
    const ended = { mode: 'closed', atStake: 0, uncounted: 0 }
    expect(closed['left']).toEqual([ended, ended])
    expect(closed['newest']).toContain('network_error')
    const totals = await Promise.all([first, second].map(({ id }) => usageOf(id)))
    const sum = (outcome: 'accepted' | 'refused') => totals.reduce((all, each) => all + each[outcome], 0)
    expect({ accepted: sum('accepted'), refused: sum('refused') }).toEqual(closed['counted'])
    for (const secret of [credential, first.secret, second.secret]) expect(running.printed()).not.toContain(secret)
  }, 90_000)
})

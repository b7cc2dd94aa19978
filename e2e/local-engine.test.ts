import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CreatedCredential,
  createVerifier,
  type Decision,
  type Key,
  type LocalVerifier,
  type VerifierOptions,
  type VerifyRequest,
} from '@keywright/sdk'
import { beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, type Call, callsWith } from './support/calls.ts'
import { startServer } from './support/child-server.ts'
import { afterwards, temporaryFolder } from './support/cleanup.ts'
import { config, configFile } from './support/everything.config.ts'
import { serveInProcess } from './support/in-process.ts'
import { createAccount, createKey, createVerifyCredential } from './support/operating.ts'
import { until } from './support/poll.ts'
import { freePort } from './support/ports.ts'

const freshnessMs = 1_000
const scope = { environment: 'live', audiences: ['shop'] }

/** Clocks that run as the machine's do, so many milliseconds ahead. */
function shiftedClock() {
  let aheadMs = 0
  return {
    monotonicMs: () => performance.now() + aheadMs,
    wallMs: () => Date.now() + aheadMs,
    delay: (ms: number) => {
      let timer: NodeJS.Timeout | undefined
      const done = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms)
      })
      return { done, cancel: () => clearTimeout(timer) }
    },
    jump: (ms: number) => {
      aheadMs += ms
    },
  }
}

async function verifierOf(
  url: string,
  credential: string,
  options: Partial<VerifierOptions> = {},
): Promise<LocalVerifier> {
  const verifier = createVerifier({ url, credential, freshnessMs, ...options })
  afterwards(() => verifier.close())
  await verifier.ready()
  return verifier
}

/** The answer that memory gives at once; an answer by a promise is an error. */
function hit(verifier: LocalVerifier, request: VerifyRequest): Decision {
  const decision = verifier.verify(request)
  if (decision instanceof Promise) throw new Error('the check was not answered at once')
  return decision
}

/** Checks until the answer is another than the one before; no acceptance may begin later than `freshnessMs` after the change was answered. */
async function refusedInTime(verifier: LocalVerifier, request: VerifyRequest, answeredAtMs: number): Promise<string> {
  return until('the refusal', async () => {
    const beganAtMs = performance.now()
    const { code } = await verifier.verify(request)
    if (code !== 'VALID') return code
    expect(beganAtMs - answeredAtMs, 'still accepted').toBeLessThanOrEqual(freshnessMs)
    return undefined
  })
}

describe('a verifier in the process of the API', () => {
  let url: string
  let operator: Call
  let credential: string
  let verifier: LocalVerifier
  beforeAll(async () => {
    ;({ url, operator } = await serveInProcess({ config: configFile }))
    credential = await createVerifyCredential(operator, scope)
    verifier = await verifierOf(url, credential)
  })

  test('answers a key that it knows at once, as the door does, and follows every change', async () => {
    const account = await createAccount(operator, 'Acme', { externalId: 'org-1' })
    const key = await createKey(operator, account.id, { name: 'CRM sync', preset: 'all', metadata: { team: 'a' } })
    const request = { key: key.secret, permissions: ['jobs.create'] }
    expect((await verifier.verify(request)).code).toBe('VALID')
    const door = await bodyOf(callsWith(url, credential)('POST', '/v1/verify', { body: request }))
    expect(hit(verifier, request)).toMatchObject(door)

    for (const [change, code, back] of [
      ['pause', 'PAUSED', 'reactivate'],
      ['revoke', 'REVOKED', null],
    ] as const) {
      await bodyOf(operator('POST', `/v1/keys/${key.id}/${change}`))
      expect(await refusedInTime(verifier, request, performance.now())).toBe(code)
      if (back === null) continue
      await bodyOf(operator('POST', `/v1/keys/${key.id}/${back}`))
      await until('the key to be accepted again', async () => (await verifier.verify(request)).valid)
    }
  })

  test('T7, U3: refuses the keys of a suspended account, and a rotated key at its end only', async () => {
    const account = await createAccount(operator, 'Acme')
    const old = await createKey(operator, account.id, { name: 'Sync', preset: 'all' })
    expect((await verifier.verify({ key: old.secret })).code).toBe('VALID')
    const body = { overlapSeconds: 3_600 }
    const next = await bodyOf(
      operator<{ secret: string; id: string }>('POST', `/v1/keys/${old.id}/rotate`, { body }),
      201,
    )
    expect((await verifier.verify({ key: next.secret })).code).toBe('VALID')
    expect((await verifier.verify({ key: old.secret })).code).toBe('VALID')
    const last = await bodyOf(
      operator<{ secret: string }>('POST', `/v1/keys/${next.id}/rotate`, { body: { overlapSeconds: 0 } }),
      201,
    )
    expect(await refusedInTime(verifier, { key: next.secret }, performance.now())).toBe('EXPIRED')
    expect((await verifier.verify({ key: last.secret })).code).toBe('VALID')
    await bodyOf(operator('POST', `/v1/accounts/${account.id}/suspend`))
    expect(await refusedInTime(verifier, { key: last.secret }, performance.now())).toBe('SUSPENDED')
    expect((await verifier.verify({ key: old.secret })).code).toBe('SUSPENDED')
    await bodyOf(operator('POST', `/v1/accounts/${account.id}/resume`))
    await until('the keys to be accepted again', async () => (await verifier.verify({ key: last.secret })).valid)
  })

  test('knows a key that was made after it was found unknown', async () => {
    const account = await createAccount(operator, 'Later')
    const { secret } = await createKey(operator, account.id, { name: 'Later' })
    await until('the new key', async () => (await verifier.verify({ key: secret })).valid)
  })

  test('has its checks in the record of the key, all of them once it is closed', async () => {
    const account = await createAccount(operator, 'Counted')
    const key = await createKey(operator, account.id, { name: 'Counted', preset: 'reader' })
    const closing = await verifierOf(url, credential)
    const request = { key: key.secret, ip: '192.0.2.77', userAgent: 'curl/8.5' }
    await closing.verify(request)
    for (let count = 0; count < 98; count++) hit(closing, request)
    expect(hit(closing, { ...request, tag: 'import' }).code).toBe('VALID')
    expect(hit(closing, { ...request, permissions: ['jobs.create'] }).code).toBe('INSUFFICIENT_PERMISSION')
    await closing.close()
    expect(closing.state).toMatchObject({ mode: 'closed', atStake: 0, uncounted: 0 })
    const usage = await bodyOf(
      operator<{ totals: { accepted: number; refused: number } }>('GET', `/v1/keys/${key.id}/usage`),
    )
    expect(usage.totals).toEqual({ accepted: 100, refused: 1 })
    const { lastUsedAt } = await bodyOf(operator<Key>('GET', `/v1/keys/${key.id}`))
    expect(lastUsedAt).not.toBeNull()
    const activity = (await operator('GET', `/v1/keys/${key.id}/activity`)).text
    expect(activity).toContain('192.0.2.0/24')
    expect(activity).not.toContain('192.0.2.77')
  })

  test('T9: with another one takes a quota exactly, and exact limits together', async () => {
    const account = await createAccount(operator, 'Metered')
    const metered = await createKey(operator, account.id, {
      name: 'Metered',
      preset: 'reader',
      quota: { limit: 25, period: 'month' },
    })
    const limits = [{ name: 'requests', limit: 10, windowSeconds: 3_600 }]
    const limited = await createKey(operator, account.id, { name: 'Limited', preset: 'reader', limits })
    const exact = await Promise.all([
      verifierOf(url, credential, { limits: 'exact' }),
      verifierOf(url, credential, { limits: 'exact' }),
    ])
    const accepted = async (secret: string, checks: number, by: readonly LocalVerifier[]) => {
      const decisions = await Promise.all(
        Array.from({ length: checks }, async (_, index) => by[index % by.length]?.verify({ key: secret })),
      )
      return decisions.filter((decision) => decision?.valid).length
    }
    expect(await accepted(metered.secret, 60, [verifier, ...exact])).toBe(25)
    expect((await bodyOf(operator<Key>('GET', `/v1/keys/${metered.id}`))).quota?.used).toBe(25)
    expect(await accepted(limited.secret, 30, exact)).toBe(10)
    // Counted in this process, the limit is a limit of this process.
    expect(await accepted(limited.secret, 30, [verifier])).toBe(10)
  })

  test('answers nothing any longer when its credential is deleted', async () => {
    const body = { kind: 'verify', name: 'Short-lived', ...scope }
    const made = await bodyOf(
      operator<CreatedCredential & { secret: string }>('POST', '/v1/credentials', { body }),
      201,
    )
    const account = await createAccount(operator, 'Acme')
    const { secret } = await createKey(operator, account.id, { name: 'CRM sync' })
    const short = await verifierOf(url, made.secret, { outage: { graceMs: 3_600_000 } })
    expect((await short.verify({ key: secret })).code).toBe('VALID')
    expect((await operator('DELETE', `/v1/credentials/${made.id}`)).status).toBeLessThan(300)
    expect(await refusedInTime(short, { key: secret }, performance.now())).toBe('UNAVAILABLE')
    expect(short.state.lastError?.message).not.toContain(made.secret)
  })

  test('a credential that may not verify is told so at once', async () => {
    const body = { kind: 'operator', name: 'Operator' }
    const made = await bodyOf(operator<{ secret: string }>('POST', '/v1/credentials', { body }), 201)
    const wrong = createVerifier({ url, credential: made.secret })
    afterwards(() => wrong.close())
    await expect(wrong.ready()).rejects.toMatchObject({ status: 403 })
  })
})

describe('a server that goes and comes', () => {
  test('U3: another configuration at a restart holds in a process that checked by the one before, without a restart of its own', async () => {
    const narrowed = {
      ...config,
      resources: [
        { id: 'jobs', label: 'Jobs', verbs: ['view'], levels: [{ id: 'read', label: 'Read', verbs: ['view'] }] },
      ],
    }
    const narrowedFile = join(temporaryFolder(), 'keywright.config.json')
    writeFileSync(narrowedFile, JSON.stringify(narrowed))
    const operatorKey = randomBytes(32).toString('hex')
    const environment = {
      KEYWRIGHT_DATA: temporaryFolder(),
      KEYWRIGHT_CONFIG: configFile,
      KEYWRIGHT_OPERATOR_KEY: operatorKey,
      KEYWRIGHT_PORT: String(await freePort()),
    }
    const first = await startServer(environment)
    const operator = callsWith(first.url, operatorKey)
    const account = await createAccount(operator, 'Acme')
    const { secret } = await createKey(operator, account.id, { name: 'CRM sync', preset: 'all' })
    const clock = shiftedClock()
    const verifier = await verifierOf(first.url, await createVerifyCredential(operator, scope), { clock })
    const request = { key: secret, permissions: ['jobs.create'] }
    expect((await verifier.verify(request)).code).toBe('VALID')
    await until('the checks to be stored', () => verifier.state.atStake === 0)
    await first.stop()

    // Within the bound memory goes on; past it nothing is proved any more.
    clock.jump(freshnessMs)
    const waiting = verifier.verify(request)
    expect(waiting).toBeInstanceOf(Promise)
    expect((await waiting).code).toBe('UNAVAILABLE')
    expect(verifier.state.lastError).toMatchObject({ code: 'network_error' })

    const second = await startServer({ ...environment, KEYWRIGHT_CONFIG: narrowedFile })
    const code = await until('an answer', async () => {
      const decision = await verifier.verify(request)
      return decision.code !== 'UNAVAILABLE' && decision.code
    })
    expect(code).toBe('INSUFFICIENT_PERMISSION')
    expect((await verifier.verify({ key: secret, permissions: ['jobs.view'] })).code).toBe('VALID')
    await until('the feed to be connected again', () => verifier.state.feedConnected, 20_000)
    await second.stop()
  })
})

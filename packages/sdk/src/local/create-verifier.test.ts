import { generateKeyText } from '@keywright/core'
import { afterEach, describe, expect, test } from 'vitest'
import { closeAll, readyVerifier, scriptedVerifier } from '../fixtures/scripted-verifier.ts'

afterEach(closeAll)

const freshnessMs = 1_000

const unknownText = (): string =>
  generateKeyText('tst', null, (length) => crypto.getRandomValues(new Uint8Array(length)))

describe('a hit', () => {
  test('is answered at once, without a promise and without a call, with what is known of the key', async () => {
    const { server, verifier, check, checked } = await readyVerifier()
    const key = server.create({ id: 'key_1', name: 'CRM sync', metadata: { team: 'a' }, grant: 'unrestricted' })
    expect(check(key)).toBeInstanceOf(Promise)
    await checked(key)
    const asked = server.asked.length
    const decision = check(key, { permissions: ['jobs.create'], ip: '192.0.2.1', userAgent: 'curl' })
    expect(decision).not.toBeInstanceOf(Promise)
    expect(decision).toMatchObject({
      valid: true,
      code: 'VALID',
      keyId: 'key_1',
      account: 'acc_1',
      externalId: 'org-77',
      type: 'standard',
      environment: 'live',
      grant: 'unrestricted',
      name: 'CRM sync',
      metadata: { team: 'a' },
    })
    expect(server.asked.length).toBe(asked)
    expect(verifier.state).toMatchObject({ mode: 'local', keys: 1, lastError: null, uncounted: 0 })
    expect(verifier.state.position).toBe(server.position)
  })

  test('U8: is judged like a miss: the same key gets the same answer, and the same facts', async () => {
    const { server, check, checked } = await readyVerifier()
    const cases = [
      server.create({ id: 'key_1' }),
      server.create({ id: 'key_2', state: 'paused' }),
      server.create({ id: 'key_3', state: 'revoked' }),
      server.create({ id: 'key_4', endsAtMs: 1 }),
      server.create({ id: 'key_5', environment: 'test' }),
      server.create({ id: 'key_6', type: 'other' }),
      server.create({ id: 'key_7', networks: [] }),
      server.create({ id: 'key_8', grant: { permissions: [] } }),
      server.create({ id: 'key_9', owner: { memberId: 'mem_1', active: false } }),
      server.create({ id: 'key_10', parent: { lineageId: 'lin_0', usable: false } }),
      server.create({ id: 'key_11', type: 'a type that is gone' }),
      unknownText(),
      'nonsense',
    ]
    const codes: string[] = []
    for (const key of cases) {
      const miss = await checked(key, { permissions: ['jobs.view'] })
      const hit = check(key, { permissions: ['jobs.view'] })
      expect(hit).not.toBeInstanceOf(Promise)
      expect(JSON.parse(JSON.stringify(hit))).toEqual(JSON.parse(JSON.stringify(miss)))
      codes.push(miss.code)
    }
    expect(codes).toEqual([
      'VALID',
      'PAUSED',
      'REVOKED',
      'EXPIRED',
      'WRONG_ENVIRONMENT',
      'WRONG_TYPE',
      'IP_NOT_ALLOWED',
      'INSUFFICIENT_PERMISSION',
      'SUSPENDED',
      'REVOKED',
      'WRONG_TYPE',
      'NOT_FOUND',
      'MALFORMED',
    ])
  })

  test('T13: an unknown key is nothing but unknown: one answer, whatever it was, and one call for many checks', async () => {
    const { server, check, checked } = await readyVerifier()
    const one = unknownText()
    const decisions = await Promise.all([checked(one), ...Array.from({ length: 50 }, () => check(one))])
    const other = await checked(unknownText())
    for (const decision of decisions) expect(decision).toEqual(other)
    expect(other).toMatchObject({ valid: false, code: 'NOT_FOUND', keyId: null, account: null, name: null })
    expect(server.count('/v1/facts')).toBe(2)
  })
})

describe('the beginning', () => {
  test('a check before the first proof waits for it', async () => {
    const { server, check, verifier } = scriptedVerifier()
    const key = server.create({ id: 'key_1' })
    const decision = check(key)
    expect(verifier.state).toMatchObject({ mode: 'starting', position: null, ageMs: Number.POSITIVE_INFINITY })
    expect((await decision).code).toBe('VALID')
    expect(verifier.state.mode).toBe('local')
  })

  test('a server that is down makes checks wait no longer than they may, is tried again, and is waited for by ready()', async () => {
    const { server, checked, verifier, clock } = scriptedVerifier()
    server.fault = () => new Error('down')
    const key = server.create({ id: 'key_1' })
    let isReady = false
    void verifier.ready().then(() => {
      isReady = true
    })
    expect((await checked(key)).code).toBe('UNAVAILABLE')
    expect(isReady).toBe(false)
    server.fault = () => undefined
    await clock.advance(10_000)
    expect(isReady).toBe(true)
    expect((await checked(key)).code).toBe('VALID')
  })

  test('ready() rejects where the credential is not accepted, and may be waited for again', async () => {
    const { server, verifier, clock, errors } = scriptedVerifier()
    server.isCredentialKnown = false
    await expect(verifier.ready()).rejects.toMatchObject({ status: 401 })
    expect(errors[0]?.message).toContain('401')
    server.isCredentialKnown = true
    const again = verifier.ready()
    await clock.advance(10_000)
    await again
    expect(verifier.state.mode).toBe('local')
  })
})

describe('an outage', () => {
  test('with a grace lets memory answer a while longer and says how old it is; no longer than that', async () => {
    const { server, checked, check, clock } = await readyVerifier({ outage: { graceMs: 5_000 } })
    const key = server.create({ id: 'key_1' })
    await checked(key)
    server.fault = () => new Error('down')
    await clock.advance(3_000)
    const decision = await checked(key)
    expect(decision).toMatchObject({ code: 'VALID', staleMs: expect.any(Number) })
    expect(decision.staleMs).toBeGreaterThan(freshnessMs)
    await clock.advance(4_000)
    expect((await checked(key)).code).toBe('UNAVAILABLE')
    server.fault = () => undefined
    await clock.advance(freshnessMs / 4)
    expect(check(key)).not.toHaveProperty('staleMs')
  })

  test.each([{}, { outage: { graceMs: 3_600_000 } }])(
    'a credential that was deleted is none: nothing is answered any longer (%o)',
    async (options) => {
      const { server, checked, check, clock } = await readyVerifier(options)
      const key = server.create({ id: 'key_1' })
      await checked(key)
      server.isCredentialKnown = false
      await clock.advance(freshnessMs / 4)
      expect(check(key)).toBeInstanceOf(Promise)
      expect((await checked(key)).code).toBe('UNAVAILABLE')
      server.isCredentialKnown = true
      await clock.advance(freshnessMs / 4)
      expect((await checked(key)).code).toBe('VALID')
    },
  )
})

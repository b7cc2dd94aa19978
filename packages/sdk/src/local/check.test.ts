import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { problem } from '../fixtures/keyring-server.ts'
import { closeAll, readyVerifier, scriptedVerifier } from '../fixtures/scripted-verifier.ts'
import { verifyCredential } from '../fixtures/verify-credential.ts'
import type { VerifyRequest } from '../verifier.ts'
import { createVerifier } from './create-verifier.ts'

afterEach(closeAll)

describe('a request', () => {
  const wrong: readonly [string, object, string][] = [
    ['of another environment', { environment: 'test' }, 'forbidden'],
    ['of an audience that the credential lacks', { audience: 'elsewhere' }, 'forbidden'],
    ['with a cost below 0', { cost: -1 }, 'invalid_parameters'],
    ['with a broken cost', { cost: 0.5 }, 'invalid_parameters'],
    ['with a cost that is no number', { cost: Number.NaN }, 'invalid_parameters'],
    ['with too large a cost', { cost: 1_000_001 }, 'invalid_parameters'],
    ['with permissions that are none', { permissions: ['jobs'] }, 'invalid_parameters'],
    ['with a text for permissions', { permissions: 'jobs.view' }, 'invalid_parameters'],
    ['with too many permissions', { permissions: Array.from({ length: 33 }, () => 'jobs.view') }, 'invalid_parameters'],
    ['with an address that is none', { ip: 'localhost' }, 'invalid_parameters'],
    ['with a tag that is none', { tag: 'a tag' }, 'invalid_parameters'],
    ['with a user agent that is no text', { userAgent: 7 }, 'invalid_parameters'],
    ['with a member that there is not', { permission: ['jobs.create'] }, 'invalid_parameters'],
    ['with a key that is no text', { key: 7 }, 'invalid_parameters'],
  ]
  test.each(wrong)('%s is UNAVAILABLE, as the door refuses it, and told of each time', async (_, request, code) => {
    const { server, checked, hit, errors, verifier } = await readyVerifier()
    const key = server.create({ id: 'key_1', environment: 'live', grant: 'unrestricted' })
    await checked(key)
    for (let count = 0; count < 2; count++)
      expect(hit(key, request)).toMatchObject({ code: 'UNAVAILABLE', keyId: null })
    expect(errors).toHaveLength(2)
    expect(errors[0]).toMatchObject({ name: 'KeywrightError', code })
    expect(verifier.state).toMatchObject({ lastError: { code }, atStake: 1 })
  })

  test('may narrow what the credential checks for', async () => {
    const { server, checked } = await readyVerifier()
    server.configure({ hash: 'config_2', audiences: ['api', 'elsewhere'] })
    const key = server.create({ id: 'key_1' })
    expect((await checked(key)).code).toBe('VALID')
    expect((await checked(key, { audience: 'api', environment: 'live' })).code).toBe('VALID')
    expect((await checked(key, { audience: 'elsewhere' })).code).toBe('WRONG_TYPE')
    const metered = server.create({ id: 'key_2', quota: { limit: 9, period: null } })
    await checked(metered)
    await checked(metered, { audience: 'api' })
    const asked = server.asked.filter(({ path }) => path === '/v1/verify').map(({ body }) => body)
    expect(asked).toEqual([{ key: metered }, { key: metered, audience: 'api' }])
  })

  test('may name a permission that there is not: nobody holds it', async () => {
    const { server, checked } = await readyVerifier()
    const key = server.create({ id: 'key_1', grant: 'unrestricted' })
    expect(await checked(key, { permissions: ['jobs.fly'] })).toMatchObject({
      code: 'INSUFFICIENT_PERMISSION',
      missing: ['jobs.fly'],
    })
  })

  test('null is taken for what is not there', async () => {
    const { server, checked } = await readyVerifier()
    const nothing = {
      permissions: null,
      audience: null,
      environment: null,
      ip: null,
      userAgent: null,
      cost: null,
      tag: null,
    }
    expect((await checked(server.create({ id: 'key_1' }), nothing as unknown as VerifyRequest)).code).toBe('VALID')
  })

  test('keeps of a user agent one bounded line without anything as long as a secret', async () => {
    const { server, checked, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    const agents = [
      'a'.repeat(20).concat(' ').repeat(40),
      `tool/1 ${key}`,
      'two\nlines',
      `x ${encodeURIComponent(`=${key}`)}`,
    ]
    for (const userAgent of agents) {
      await checked(key, { userAgent })
      await clock.advance(1_000)
    }
    const kept = [...server.batches.values()].map(({ lastUsed }) => lastUsed[0]?.userAgent)
    expect(kept[0]).toHaveLength(256)
    expect(kept.slice(1)).toEqual(['tool/1 [redacted]', 'two lines', 'x [redacted]'])
  })
})

describe('T19: no text of a key and no credential', () => {
  test('is in the verifier, its state, its errors or what it reports, whatever the server repeats', async () => {
    const { server, checked, hit, verifier, errors, clock } = await readyVerifier()
    const key = server.create({ id: 'key_1' })
    await checked(key, { userAgent: key })
    hit(key)
    server.fault = ({ path }) =>
      path === '/v1/facts' || path === '/v1/usage' || path === '/v1/head'
        ? problem(500, 'internal_error', `no such key ${key} for ${verifyCredential}`)
        : undefined
    const other = server.create({ id: 'key_2' })
    await checked(other)
    await clock.advance(2_000)
    for (const request of [{ tag: key }, { permissions: [key] }, { [key]: 1 }, { ip: key }, { audience: key }])
      hit(other, request)
    expect(errors.length).toBeGreaterThan(7)
    const written = [
      inspect(verifier, { depth: 20, showHidden: true, getters: true }),
      JSON.stringify(verifier),
      JSON.stringify(verifier.state),
      ...errors.map((error) => inspect(error, { depth: 20, showHidden: true })),
    ].join('\n')
    for (const secret of [key, other, verifyCredential]) expect(written).not.toContain(secret)
    expect(written).not.toContain(key.slice(-12))
    const reported = JSON.stringify(server.asked.filter(({ path }) => path === '/v1/usage').map(({ body }) => body))
    expect(reported).not.toContain(key)
    for (const { path, query } of server.asked) expect(`${path}?${query}`).not.toContain(key)
  })

  test('is answered to a listener that throws, which ends nothing', async () => {
    const onError = () => {
      throw new Error('of the listener')
    }
    const { server, checked, hit, clock } = await readyVerifier({ onError })
    const key = server.create({ id: 'key_1' })
    await checked(key)
    expect(hit(key, { cost: -1 }).code).toBe('UNAVAILABLE')
    server.fault = () => new Error('down')
    await clock.advance(3_000)
    server.fault = () => undefined
    await clock.advance(3_000)
    expect(hit(key).code).toBe('VALID')
  })
})

describe('an option that is wrong is a TypeError where it is written, without the credential in it', () => {
  const options = { url: 'https://keys.example.test', credential: verifyCredential }
  test.each([
    [{ freshnessMs: 10 }],
    [{ freshnessMs: 1.5 }],
    [{ freshnessMs: Number.NaN }],
    [{ outage: 'answer' }],
    [{ outage: { graceMs: -1 } }],
    [{ limits: 'global' }],
    [{ keysMax: 0 }],
    [{ timeoutMs: 0 }],
    [{ url: 'ftp://keys.example.test' }],
    [{ url: `https://${verifyCredential}@keys.example.test` }],
    [{ credential: `Bearer ${verifyCredential}` }],
    [{ credential: '' }],
  ])('%o', (more) => {
    const make = () => createVerifier({ ...options, ...more } as never)
    expect(make).toThrow(TypeError)
    expect(make).not.toThrow(verifyCredential)
  })
})

test('the public configuration is there for the guards, read once', async () => {
  const { server, verifier } = scriptedVerifier()
  expect(await verifier.publicConfig()).toEqual({ acceptedHeaders: ['authorization'] })
  expect(verifier.publicConfig()).toEqual({ acceptedHeaders: ['authorization'] })
  expect(server.count('/v1/config')).toBe(1)
})

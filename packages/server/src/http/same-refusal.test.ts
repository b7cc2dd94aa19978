import { generateKeyText } from '@keywright/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testClock, testRandomBytes } from '../storage/testing.ts'
import { openServed, type Served } from './served.testing.ts'

const clock = testClock()
let server: Served
beforeAll(async () => {
  server = await openServed(clock)
})
afterAll(() => server.close())

/** A key that was brought into a state and is presented from then on. */
async function keyThat(
  then: (key: { readonly id: string; readonly account: string }) => Promise<unknown>,
): Promise<string> {
  const { id: account } = await server.make('/v1/accounts', { name: 'Acme' })
  const { id, secret } = await server.make(`/v1/accounts/${account}/keys`, {
    name: 'Sync',
    grant: 'unrestricted',
    expiresAt: new Date(clock.wallMs() + 3_600_000).toISOString(),
  })
  await then({ id, account })
  return secret
}

const mistype = (text: string): string => text.slice(0, -1) + (text.endsWith('a') ? 'b' : 'a')

const credentials: Readonly<Record<string, () => Promise<string>>> = {
  'of no shape': async () => 'nobody',
  'too long': async () => 'x'.repeat(4_000),
  mistyped: async () => mistype(await keyThat(async () => {})),
  'an unknown key': async () => generateKeyText('exa', null, testRandomBytes(3)),
  'an unknown credential': async () => generateKeyText('kwv', null, testRandomBytes(4)),
  'a paused key': () => keyThat(({ id }) => server.call('POST', `/v1/keys/${id}/pause`)),
  'a revoked key': () => keyThat(({ id }) => server.call('POST', `/v1/keys/${id}/revoke`)),
  'a deleted key': () => keyThat(({ id }) => server.call('DELETE', `/v1/keys/${id}`)),
  'a rotated key past its end': () =>
    keyThat(({ id }) => server.call('POST', `/v1/keys/${id}/rotate`, { body: { overlapSeconds: 0 } })),
  'an expired key': () => keyThat(async () => clock.advance(3_600_001)),
  'a key of a suspended account': () =>
    keyThat(({ account }) => server.call('POST', `/v1/accounts/${account}/suspend`)),
  'a key of a deleted account': () => keyThat(({ account }) => server.call('DELETE', `/v1/accounts/${account}`)),
  'a deleted credential': async () => {
    const { id, secret } = await server.make('/v1/credentials', { kind: 'operator', name: 'Gone' })
    await server.call('DELETE', `/v1/credentials/${id}`)
    return secret
  },
}

const places = [
  ['GET', '/v1/accounts', undefined],
  ['POST', '/v1/accounts', { name: 'x' }],
  ['GET', '/v1/keys/key_of_nobody', undefined],
  ['POST', '/v1/verify', { key: 'x' }],
  ['POST', '/v1/verify/batch', { checks: [{ key: 'x' }] }],
  ['GET', '/v1/head', undefined],
  ['GET', '/v1/feed', undefined],
  ['GET', '/v1/engine', undefined],
  ['POST', '/v1/facts', { keys: ['x'] }],
  ['POST', '/v1/usage', {}],
] as const

/** An answer without what tells one request from another. */
async function refusal(token: string, [method, path, body]: (typeof places)[number]) {
  const answer = await server.call(method, path, { token, ...(body === undefined ? {} : { body }) })
  const id = answer.headers.get('x-request-id') ?? ''
  const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name))
  return { status: answer.status, text: answer.text.replace(id, ''), headers }
}

it.each(Object.keys(credentials))('T13: says the same 401, byte for byte, on both planes to %s', async (name) => {
  const token = await (credentials[name] as () => Promise<string>)()
  for (const place of places) {
    const answer = await refusal(token, place)
    expect(answer.status, place[1]).toBe(401)
    // A clock that goes on forgives failures, so that the throttle never speaks here.
    clock.advance(60_000)
    expect(answer, place[1]).toEqual(await refusal('some-other-nobody', place))
    clock.advance(60_000)
  }
})

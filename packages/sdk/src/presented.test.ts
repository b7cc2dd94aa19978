import { parseRange } from '@keywright/core'
import { describe, expect, test } from 'vitest'
import { answerOf, rateLimitFields } from './answer.ts'
import { clientAddress, type Field, readPresented } from './presented.ts'

const read = (fields: readonly Field[], url = '/') => readPresented({ fields, url }, ['authorization', 'x-api-key'])

describe('the one credential of a request', () => {
  test('joined by a platform, repeated headers are a list, and a list is refused', () => {
    const joined = new Headers([
      ['Authorization', 'Bearer a'],
      ['Authorization', 'Bearer b'],
    ])
    expect(read([...joined])).toEqual({ kind: 'ambiguous' })
    expect(read([['X-API-Key', 'a, a']])).toEqual({ kind: 'ambiguous' })
  })

  test('an empty header beside a good one is still more than one', () => {
    expect(
      read([
        ['X-API-Key', ''],
        ['Authorization', 'Bearer a'],
      ]),
    ).toEqual({ kind: 'ambiguous' })
    expect(read([['X-API-Key', '']])).toEqual({ kind: 'none' })
  })

  test('the longest text that is looked at has 255 bytes', () => {
    expect(read([['X-API-Key', 'a'.repeat(255)]])).toEqual({ kind: 'key', key: 'a'.repeat(255) })
    expect(read([['X-API-Key', 'a'.repeat(256)]])).toEqual({ kind: 'malformed' })
  })

  test('a path that only looks like a query, and a parameter that only ends like one, are none', () => {
    expect(read([['X-API-Key', 'a']], '/api_key=1')).toMatchObject({ kind: 'key' })
    expect(read([['X-API-Key', 'a']], '/?monkey=1&keys=2')).toMatchObject({ kind: 'key' })
  })
})

describe('T11: the client address', () => {
  const trusted = ['10.0.0.0/8', '2001:db8::/32'].map((text) => parseRange(text) ?? expect.unreachable())
  const walk = (address: string | undefined, ...forwarded: readonly string[]) =>
    clientAddress({ fields: forwarded.map((value): Field => ['X-Forwarded-For', value]), url: '/', address }, trusted)

  test.each([
    ['an untrusted connection is believed, its header is not', '203.0.113.1', ['1.1.1.1'], '203.0.113.1'],
    ['the first untrusted one from the right', '10.0.0.1', ['1.1.1.1, 203.0.113.1, 10.0.0.2'], '203.0.113.1'],
    ['several lines are one list', '10.0.0.1', ['1.1.1.1', '203.0.113.1', '10.0.0.2'], '203.0.113.1'],
    ['the mapped form of a trusted address is trusted', '::ffff:10.0.0.1', ['203.0.113.1'], '203.0.113.1'],
    ['ports and brackets are left out', '2001:db8::1', ['[2001:db9::7]:443'], '2001:db9::7'],
    ['a zone is left out', 'fe80::1%eth0', [], 'fe80::1'],
    ['all trusted: the leftmost', '10.0.0.1', ['10.0.0.3, 10.0.0.2'], '10.0.0.3'],
    ['something that is no address: unknown', '10.0.0.1', ['unknown'], undefined],
    ['no connection address: unknown', undefined, ['203.0.113.1'], undefined],
  ] as const)('%s', (_name, address, forwarded, expected) => {
    expect(walk(address, ...forwarded)).toBe(expected)
  })
})

describe('header fields', () => {
  test('names of limits and realms cannot break out of their quotes; what cannot be in a field is left out', () => {
    const limit = { limit: 1, windowSeconds: 1, remaining: -1, retryAfterMs: 1_001 }
    expect(
      rateLimitFields([
        { name: 'a"\\b', ...limit },
        { name: 'é\r\nX: 1', ...limit },
      ]),
    ).toEqual([
      ['RateLimit-Policy', '"a\\"\\\\b";q=1;w=1'],
      ['RateLimit', '"a\\"\\\\b";r=0;t=2'],
    ])
    const realm = (name: string) =>
      answerOf(
        { code: 'credential_missing' },
        { texts: {}, config: { product: { name } }, realm: undefined, language: undefined },
      ).fields
    expect(realm('x", error="y')).toContainEqual(['WWW-Authenticate', 'Bearer realm="x\\", error=\\"y"'])
    expect(realm('Clés\r\nSet-Cookie: a=b')).toContainEqual(['WWW-Authenticate', 'Bearer realm="api"'])
  })

  test('texts follow the language asked for, and those given in code win', () => {
    const config = {
      product: { languages: ['fr', 'en'] },
      problems: { invalid_token: { title: { en: 'No', fr: 'Non' } } },
    }
    const title = (language: string | undefined, texts = {}) =>
      (
        JSON.parse(answerOf({ code: 'invalid_token' }, { texts, config, realm: undefined, language }).body) as {
          title: string
        }
      ).title
    expect([title(undefined), title('en'), title('en-GB'), title('de')]).toEqual(['Non', 'No', 'No', 'Non'])
    expect(title('en', { invalid_token: { title: 'Mine' } })).toBe('Mine')
  })
})

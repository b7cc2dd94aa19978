import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ListeningKeyring, listeningKeyring } from '../fixtures/keyring-listener.ts'
import { keys } from '../fixtures/keys.ts'
import { type RawAnswer, sendRaw } from '../fixtures/raw-request.ts'
import { startVerifyServer, type VerifyServer, verifyCredential } from '../fixtures/verify-server.ts'
import { createKeywright } from '../keywright.ts'
import { createVerifier, type LocalVerifier } from '../local/create-verifier.ts'
import type { Verifier } from '../verifier.ts'

/** A running application of one framework. */
export interface Running {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Where the application under test finds its verify servers. */
export interface Targets {
  /** Accepts `Authorization`, texts as built in. */
  readonly main: string
  /** Its configuration accepts `X-API-Key` only and words its problems. */
  readonly header: string
  /** Nobody listens there. */
  readonly down: string
  /** Is not asked for each check: the verifier answers in its own process. */
  readonly local: string
}

/**
 * Starts an application with, below each of `/main`, `/header`, `/down` and `/local`, guarded by that target's verifier:
 * `GET jobs` requires jobs.view and answers `{"keyId", "mayCreate"}`; `POST jobs` requires jobs.create with cost 5 and tag `import` besides
 * jobs.view of the guard; `GET any` requires nothing more; `GET stream` requires jobs.view and streams events. Every guard has the
 * permission jobs.view where it is said so only. And `GET /bare`, which requires jobs.view while nobody guards it.
 */
export type Start = (verifiers: Readonly<Record<keyof Targets, Verifier>>, targets: Targets) => Promise<Running>

/** Cases that a framework cannot fulfil, by name, each with the reason. */
export type Skips = Readonly<Record<string, string>>

export const headerConfig = {
  product: {
    name: 'Inventory "North"',
    languages: ['en', 'fr'],
    links: { errors: 'https://docs.example.test/errors' },
  },
  acceptedHeaders: ['x-api-key'],
  problems: {
    invalid_token: {
      title: { en: 'Unauthorized', fr: 'Non autorisé' },
      check: ['Is the key copied whole?', { en: 'Is it still active?' }],
    },
  },
}

const verifiersOf = (targets: Targets): Record<keyof Targets, Verifier> & { readonly local: LocalVerifier } => ({
  main: createKeywright({ url: targets.main, credential: verifyCredential }),
  header: createKeywright({ url: targets.header, credential: verifyCredential }),
  down: createKeywright({ url: targets.down, credential: verifyCredential }),
  local: createVerifier({ url: targets.local, credential: verifyCredential }),
})

const bearer = (key: string): readonly [string, string] => ['Authorization', `Bearer ${key}`]
const json = (answer: RawAnswer): Record<string, unknown> => JSON.parse(answer.body) as Record<string, unknown>

function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(json(answer)).toMatchObject({ status, code })
}

/** Runs every case against one framework over a real socket. */
export function middlewareCases(framework: string, start: Start, skips: Skips = {}): void {
  describe(framework, () => {
    let main: VerifyServer
    let header: VerifyServer
    let keyring: ListeningKeyring
    let local: LocalVerifier
    let running: Running
    const skipped = new Set(Object.keys(skips))
    const guarantee = (name: string, work: () => Promise<void>): void => {
      const reason = skips[name]
      skipped.delete(name)
      if (reason === undefined) test(name, work)
      else test(name, (context) => context.skip(`because ${reason}`))
    }
    const send = (method: string, path: string, ...lines: readonly (readonly [string, string])[]) =>
      sendRaw(running.port, method, path, lines)

    beforeAll(async () => {
      main = await startVerifyServer({ product: { name: 'Jobs' } })
      header = await startVerifyServer(headerConfig)
      const closed = await startVerifyServer({})
      await closed.close()
      keyring = await listeningKeyring()
      const targets: Targets = { main: main.url, header: header.url, down: closed.url, local: keyring.url }
      const verifiers = verifiersOf(targets)
      local = verifiers.local
      running = await start(verifiers, targets)
    }, 120_000)
    afterAll(async () => {
      await running?.close()
      await local.close()
      await keyring.close()
      await main.close()
      await header.close()
    }, 60_000)
    beforeEach(() => {
      main.forget()
      header.forget()
    })

    guarantee(
      'a valid key reaches the handler, which knows whose it is; the answer says how the limits stand',
      async () => {
        const answer = await send('GET', '/main/jobs', bearer(keys.view), ['User-Agent', 'tests/1'])
        expect(answer.status).toBe(200)
        expect(json(answer)).toEqual({ keyId: 'key_view', mayCreate: false })
        expect(answer.headers['ratelimit-policy']).toBe('"per-minute";q=60;w=60')
        expect(answer.headers['ratelimit']).toBe('"per-minute";r=59;t=1')
        expect(main.asked).toEqual([
          expect.objectContaining({ key: keys.view, permissions: ['jobs.view'], userAgent: 'tests/1' }),
        ])
        expect(json(await send('GET', '/main/any', bearer(keys.full)))).toEqual({ keyId: 'key_full', mayCreate: true })
      },
    )

    guarantee('the scheme is read without case and with any number of spaces', async () => {
      for (const value of [`bearer ${keys.view}`, `BEARER   ${keys.view}`, ` Bearer ${keys.view} `]) {
        expect((await send('GET', '/main/jobs', ['Authorization', value])).status).toBe(200)
      }
    })

    guarantee(
      'no credential, another scheme or a header that is not accepted: 401 with a challenge that names no error',
      async () => {
        for (const lines of [
          [],
          [['Authorization', 'Basic a2V5Og==']],
          [['X-API-Key', keys.full]],
          [['X_API_Key', keys.full]],
        ] as const) {
          const answer = await send('GET', '/main/jobs', ...lines)
          expectProblem(answer, 401, 'credential_missing')
          expect(answer.headers['www-authenticate']).toBe('Bearer realm="Jobs"')
        }
        expect(main.asked).toEqual([])
      },
    )

    const ambiguous: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
      'two Authorization lines: 400, never "the first wins"': [bearer(keys.full), bearer(keys.view)],
      'the same Authorization line twice: 400': [bearer(keys.full), bearer(keys.full)],
      'Authorization and X-API-Key: 400, also with the same key': [bearer(keys.full), ['X-API-Key', keys.full]],
      'another scheme and X-API-Key: 400': [
        ['Authorization', 'Basic a2V5Og=='],
        ['X-API-Key', keys.full],
      ],
      'a list in Authorization: 400': [['Authorization', `Bearer ${keys.full}, Bearer ${keys.view}`]],
      'a list in X-API-Key: 400': [['X-API-Key', `${keys.full},${keys.view}`]],
      'two X-API-Key lines: 400': [
        ['X-API-Key', keys.full],
        ['X-API-Key', keys.full],
      ],
    }
    for (const [name, lines] of Object.entries(ambiguous)) {
      guarantee(name, async () => {
        const answer = await send('GET', '/main/jobs', ...lines)
        expectProblem(answer, 400, 'credential_ambiguous')
        expect(answer.headers['www-authenticate']).toBe('Bearer realm="Jobs", error="invalid_request"')
        expect(main.asked).toEqual([])
      })
    }

    guarantee('a key in the query: 400, beside a good header too', async () => {
      for (const query of [
        `api_key=${keys.full}`,
        'a=1&Access_Token=x',
        'key',
        '%61pi_key=x',
        `x-api-key=${keys.full}`,
      ]) {
        expectProblem(await send('GET', `/main/jobs?${query}`), 400, 'credential_ambiguous')
        const both = await send('GET', `/main/jobs?${query}`, bearer(keys.full))
        expectProblem(both, 400, 'credential_ambiguous')
        expect(both.bytes).not.toContain(keys.full)
      }
      expect(main.asked).toEqual([])
    })

    guarantee(
      'T13: every invalid key gets one and the same answer, byte for byte, whatever its state or its text',
      async () => {
        const presented = [keys.unknown, keys.revoked, keys.expired, keys.paused, keys.suspended, keys.elsewhere]
        const answers = await Promise.all(presented.map((key) => send('GET', '/main/jobs', bearer(key))))
        expect(main.asked).toHaveLength(presented.length)
        for (const value of [
          'Bearer',
          `Bearer\t${keys.full}`,
          'Bearer "x"',
          `Bearer ${keys.full} x`,
          `Bearer ${'a'.repeat(8000)}`,
          'Bearer kéy',
        ]) {
          answers.push(await send('GET', '/main/jobs', ['Authorization', Buffer.from(value).toString('latin1')]))
        }
        expect(main.asked).toHaveLength(presented.length)
        const first = answers[0] as RawAnswer
        expectProblem(first, 401, 'invalid_token')
        expect(first.headers['www-authenticate']).toBe('Bearer realm="Jobs", error="invalid_token"')
        for (const answer of answers) expect(answer.bytes).toBe(first.bytes)
      },
    )

    guarantee('T25, U11: a missing permission is 403, names what the route needs and what is missing', async () => {
      const answer = await send('POST', '/main/jobs', bearer(keys.view))
      expectProblem(answer, 403, 'insufficient_scope')
      expect(answer.headers['www-authenticate']).toMatch(
        /^Bearer realm="Jobs", error="insufficient_scope", scope="[^"]*jobs\.create[^"]*"$/,
      )
      expect(json(answer)['missing']).toEqual(['jobs.create'])
    })

    guarantee("what the guard and the route require is one check, with the route's cost and tag", async () => {
      expect((await send('POST', '/main/jobs', bearer(keys.full))).status).toBe(201)
      expect(main.asked).toHaveLength(1)
      expect(main.asked[0]).toMatchObject({ cost: 5, tag: 'import' })
      expect([...((main.asked[0]?.['permissions'] ?? []) as string[])].sort()).toEqual(['jobs.create', 'jobs.view'])
    })

    guarantee('a key of another type or network: 403 without a scope that would promise something', async () => {
      for (const [key, code] of [
        [keys.otherType, 'wrong_type'],
        [keys.otherNetwork, 'network_not_allowed'],
      ] as const) {
        const answer = await send('GET', '/main/jobs', bearer(key))
        expectProblem(answer, 403, code)
        expect(answer.headers['www-authenticate']).toBeUndefined()
      }
    })

    guarantee('T25: past a limit or quota: 429 with Retry-After and the RateLimit fields', async () => {
      const limited = await send('GET', '/main/jobs', bearer(keys.limited))
      expectProblem(limited, 429, 'rate_limited')
      expect(limited.headers['retry-after']).toBe('12')
      expect(limited.headers['ratelimit']).toBe('"per-minute";r=0;t=12')
      const spent = await send('GET', '/main/jobs', bearer(keys.spent))
      expectProblem(spent, 429, 'quota_exceeded')
      expect(spent.headers['retry-after']).toBe('3600')
    })

    guarantee('a server that is down or cannot tell: 503 with Retry-After, and the handler does not run', async () => {
      const down = await send('GET', '/down/jobs', bearer(keys.full))
      expectProblem(down, 503, 'unavailable')
      expect(down.headers['retry-after']).toBe('1')
      expectProblem(await send('GET', '/down/jobs', ['X-API-Key', keys.full]), 503, 'unavailable')
      expectProblem(await send('GET', '/down/jobs'), 401, 'credential_missing')
      expect((await send('GET', '/main/jobs', bearer(keys.down))).headers['retry-after']).toBe('7')
    })

    guarantee('a stream starts for a good key; a refusal before it is JSON, whatever was asked for', async () => {
      const stream = await send('GET', '/main/stream', bearer(keys.view), ['Accept', 'text/event-stream'])
      expect(stream.status).toBe(200)
      expect(stream.headers['content-type']).toContain('text/event-stream')
      expect(stream.body).toBe('data: 1\n\ndata: 2\n\n')
      expectProblem(await send('GET', '/main/stream', ['Accept', 'text/event-stream']), 401, 'credential_missing')
      expectProblem(
        await send('GET', '/main/stream', bearer(keys.revoked), ['Accept', 'text/event-stream']),
        401,
        'invalid_token',
      )
    })

    guarantee('a verifier that answers in this process guards the same, and asks the server once', async () => {
      const key = keyring.server.create({ id: 'key_local' })
      const asked = () =>
        keyring.server.asked.filter(({ path }) => path === '/v1/facts' || path === '/v1/verify').length
      const before = asked()
      for (let count = 0; count < 3; count++)
        expect(json(await send('GET', '/local/jobs', bearer(key)))).toEqual({ keyId: 'key_local', mayCreate: false })
      expect(asked()).toBe(before + 1)
      expectProblem(await send('POST', '/local/jobs', bearer(key)), 403, 'insufficient_scope')
      expectProblem(await send('GET', '/local/jobs'), 401, 'credential_missing')
      expectProblem(await send('GET', '/local/jobs', bearer(keys.unknown)), 401, 'invalid_token')
    })

    guarantee('accepted headers and the words of problems come from the configuration', async () => {
      expect((await send('GET', '/header/jobs', ['X-API-Key', keys.view])).status).toBe(200)
      expectProblem(
        await send('GET', '/header/jobs', ['X-API-Key', keys.view], bearer(keys.view)),
        400,
        'credential_ambiguous',
      )
      for (const [lines, code] of [
        [[['X-API-Key', keys.revoked]], 'invalid_token'],
        [[bearer(keys.view)], 'credential_missing'],
        [[], 'credential_missing'],
      ] as const) {
        const answer = await send('GET', '/header/jobs', ...lines)
        expectProblem(answer, 401, code)
        expect(answer.headers['www-authenticate']).toContain('Bearer realm="Inventory \\"North\\""')
        expect(json(answer)).toMatchObject({
          type: `https://docs.example.test/errors#${code}`,
          title: 'Unauthorized',
          check: ['Is the key copied whole?', 'Is it still active?'],
        })
      }
    })

    guarantee('T11, T18: headers that only insiders should send change nothing', async () => {
      const forged = [
        ['X-Middleware-Subrequest', 'middleware:middleware:middleware:middleware:middleware'],
        ['X-Forwarded-For', '203.0.113.9'],
        ['X-Forwarded-User', 'admin'],
        ['X-Auth-Key-Id', 'key_full'],
      ] as const
      expectProblem(await send('GET', '/main/jobs', ...forged), 401, 'credential_missing')
      expect(main.asked).toEqual([])
      expect((await send('GET', '/main/jobs', ...forged, bearer(keys.view))).status).toBe(200)
      expect(main.asked[0]?.['ip']).not.toBe('203.0.113.9')
    })

    guarantee('the address of the connection is passed on', async () => {
      await send('GET', '/main/jobs', bearer(keys.view))
      expect(main.asked[0]?.['ip']).toMatch(/^(::ffff:)?127\.0\.0\.1$/)
    })

    guarantee('a route that requires something while nobody guards it answers 500 and does not run', async () => {
      const answer = await send('GET', '/bare', bearer(keys.full))
      expect(answer.status).toBe(500)
      expect(answer.body).not.toContain('reached')
    })

    test('every skipped case exists', () => expect([...skipped]).toEqual([]))
  })
}

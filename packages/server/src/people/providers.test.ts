import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../secret.ts'
import { testDatabases } from '../storage/testing.ts'
import { ownPath } from './providers.ts'
import {
  type Browser,
  goodPassword,
  openBrowser,
  openTestPeople,
  operator,
  present,
  type TestPeople,
} from './testing.ts'

type Claims = Readonly<Record<string, unknown>>

interface Provider {
  readonly issuer: string
  /** What the next identity token says besides issuer, audience, nonce and times. */
  claims: Claims
  /** Signs with another key than the published one. */
  forge: boolean
  /** The issuer that the discovery document names. */
  named: string | undefined
  readonly tokenRequests: URLSearchParams[]
  /** Lets the person agree: the address that the browser is sent back to. */
  agree(url: string): string
  close(): Promise<void>
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A small OpenID Connect provider on this machine: authorization code with PKCE (S256), RS256. */
async function openProvider(nowMs: () => number): Promise<Provider> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map<string, { readonly nonce: string | null; readonly challenge: string | null }>()
  const idToken = (nonce: string | null): string => {
    const seconds = Math.floor(nowMs() / 1000)
    const claims = { iss: provider.issuer, aud: 'keys', iat: seconds, exp: seconds + 300, nonce, ...provider.claims }
    const head = `${encoded({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${encoded(claims)}`
    return `${head}.${sign('sha256', Buffer.from(head), provider.forge ? other.privateKey : privateKey).toString('base64url')}`
  }
  const documents: Readonly<Record<string, (body: URLSearchParams) => unknown>> = {
    '/.well-known/openid-configuration': () => ({
      issuer: provider.named ?? provider.issuer,
      authorization_endpoint: `${provider.issuer}/authorize`,
      token_endpoint: `${provider.issuer}/token`,
      userinfo_endpoint: `${provider.issuer}/userinfo`,
      jwks_uri: `${provider.issuer}/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/keys': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] }),
    '/userinfo': () => provider.claims,
    '/token': (body) => {
      provider.tokenRequests.push(body)
      const code = codes.get(body.get('code') ?? '')
      codes.delete(body.get('code') ?? '')
      const challenge = createHash('sha256')
        .update(body.get('code_verifier') ?? '')
        .digest('base64url')
      if (code === undefined || code.challenge !== challenge) return undefined
      return {
        access_token: 'access-token-of-the-provider',
        token_type: 'Bearer',
        expires_in: 60,
        id_token: idToken(code.nonce),
      }
    },
  }
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const document = documents[new URL(request.url ?? '/', provider.issuer).pathname]
      const answer = document?.(new URLSearchParams(Buffer.concat(chunks).toString()))
      response.writeHead(answer === undefined ? 400 : 200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(answer ?? { error: 'invalid_grant' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const provider: Provider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    claims: {},
    forge: false,
    named: undefined,
    tokenRequests: [],
    agree: (url) => {
      const asked = new URL(url).searchParams
      expect(Object.fromEntries(asked)).toMatchObject({
        response_type: 'code',
        client_id: 'keys',
        code_challenge_method: 'S256',
      })
      expect(asked.get('scope')?.split(' ')).toEqual(expect.arrayContaining(['openid', 'email']))
      const code = `code-${codes.size}-${asked.get('state')}`
      codes.set(code, { nonce: asked.get('nonce'), challenge: asked.get('code_challenge') })
      return `${asked.get('redirect_uri')}?${new URLSearchParams({ code, state: asked.get('state') ?? '', iss: provider.issuer }).toString()}`
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return provider
}

describe.each(testDatabases)('signing in by a provider on %s', (kind) => {
  let test: TestPeople
  let provider: Provider
  let browser: Browser

  beforeEach(async () => {
    provider = await openProvider(() => test.clock.wallMs())
    const oidc = {
      issuer: provider.issuer,
      clientId: 'keys',
      clientSecret: new Secret('a secret of the client'),
      label: 'Company',
    }
    test = await openTestPeople(kind, { oidc })
    browser = openBrowser()
    provider.claims = { sub: 'subject-1', email: 'Ada@example.com', email_verified: true, name: 'Ada' }
  })
  afterEach(async () => {
    await test.close()
    await provider.close()
  })

  async function begin(by: Browser, returnTo = '/accounts/acc_1?view=keys'): Promise<string> {
    return by.take(await test.people.startProvider(by.visitor(), 'oidc', returnTo)).url
  }

  async function finish(by: Browser, address: string): Promise<string> {
    return by.take(await test.people.finishProvider(new Request(address), by.visitor())).location
  }

  const enter = async (by: Browser): Promise<string> => finish(by, provider.agree(await begin(by)))

  it('a person whose address the provider has verified is linked at the first time, recorded, and signed in', async () => {
    const ada = await test.person()
    expect(test.people.providers).toEqual([{ id: 'oidc', label: 'Company' }])
    expect(await enter(browser)).toBe('/accounts/acc_1?view=keys')
    expect((await present(test.people, browser)).person.id).toBe(ada.id)
    expect((await test.people.factors(ada.id)).providers).toEqual(['oidc'])
    expect(await enter(openBrowser())).toBe('/accounts/acc_1?view=keys')
    const types = (await test.events()).map(({ type }) => type)
    expect(types.filter((type) => type === 'person.provider_linked')).toHaveLength(1)
    expect(types.filter((type) => type === 'person.signed_in')).toHaveLength(2)
    const [request] = provider.tokenRequests
    expect(request?.get('redirect_uri')).toBe('https://keys.example.com/v1/sign-in/providers/oidc/callback')
  })

  it('an identity is issuer and subject: a changed address stays the person, and no token of the provider is kept', async () => {
    const ada = await test.person()
    await enter(browser)
    provider.claims = { sub: 'subject-1', email: 'ada.new@example.com', email_verified: false }
    const other = openBrowser()
    await enter(other)
    expect((await present(test.people, other)).person).toMatchObject({ id: ada.id, email: 'ada@example.com' })
    const methods = await test.store.read
      .selectFrom('sign_in_methods')
      .selectAll()
      .where('provider', '=', 'oidc')
      .execute()
    expect(methods.map(({ subject }) => subject)).toEqual([`${provider.issuer}|subject-1`])
    expect(JSON.stringify(methods)).not.toMatch(/access-token|eyJ/)
  })

  it('whoever took the address before its owner came loses every way in; on the browser where the person signed in all stays', async () => {
    const ada = await test.person()
    const squatter = openBrowser('198.51.100.66')
    const signedIn = await test.enter(squatter)
    const link = await test.people.issueReset(operator, ada.id)
    await enter(browser)
    expect((await present(test.people, browser)).person.id).toBe(ada.id)
    expect(await test.people.session(squatter.headers())).toBeUndefined()
    const again = { email: 'ada@example.com', password: goodPassword }
    expect(await test.people.signIn(squatter.visitor(), again)).toEqual({ problem: 'sign_in_refused' })
    const password = 'a wholly new password'
    if ('problem' in link) throw new Error(link.problem)
    expect(await test.people.completeReset(squatter.visitor(), { token: link.token, password })).toEqual({
      problem: 'reset_closed',
    })
    expect(await test.people.factors(signedIn.person.id)).toMatchObject({ password: false, providers: ['oidc'] })
    const events = await test.events()
    expect(events.filter(({ type }) => type === 'person.factor_removed')).toMatchObject([
      { before: { factor: 'password' } },
    ])

    const grace = await test.person('grace@example.com')
    const own = openBrowser()
    await test.enter(own, 'grace@example.com')
    provider.claims = { sub: 'subject-3', email: 'grace@example.com', email_verified: true }
    await enter(own)
    expect(await test.people.factors(grace.id)).toMatchObject({ password: true, providers: ['oidc'] })
  })

  it('an unknown address makes no person', async () => {
    expect(await enter(browser)).toBe('/sign-in?error=not_invited')
    expect(await test.people.session(browser.headers())).toBeUndefined()
    expect(await test.people.list({})).toMatchObject({ items: [] })
  })

  it('an address that the provider has not verified is not linked', async () => {
    const ada = await test.person()
    for (const email_verified of [false, undefined, 'false', 'true', 1]) {
      provider.claims = { sub: 'subject-2', email: 'ada@example.com', email_verified }
      expect([email_verified, await enter(openBrowser())]).toEqual([
        email_verified,
        '/sign-in?error=email_not_verified',
      ])
    }
    expect((await test.people.factors(ada.id)).providers).toEqual([])
  })

  it('a suspended person does not come in by a provider', async () => {
    const ada = await test.person()
    await enter(browser)
    await test.people.suspend(operator, ada.id)
    const other = openBrowser()
    expect(await enter(other)).toBe('/sign-in?error=provider_failed')
    expect(other.cookies.has('__Host-keywright_session')).toBe(false)
    expect(await test.store.read.selectFrom('sessions').selectAll().execute()).toEqual([])
  })

  it('an answer counts in the browser that asked, once, and with a token that the provider signed for it', async () => {
    await test.person()
    const back = provider.agree(await begin(browser))
    expect(await finish(openBrowser(), back)).toBe('/sign-in?error=provider_failed')
    const again = provider.agree(await begin(browser))
    const before = new Map(browser.cookies)
    expect(await finish(browser, again)).toMatch(/^\/accounts/)
    const copy = openBrowser()
    for (const [name, value] of before) copy.cookies.set(name, value)
    expect(await finish(copy, again)).toBe('/sign-in?error=provider_failed')
    for (const odd of [{ nonce: 'another' }, { aud: 'another' }, { iss: 'https://other.example' }, { exp: 1 }]) {
      provider.claims = { sub: 'subject-1', email: 'ada@example.com', email_verified: true, ...odd }
      expect([odd, await enter(openBrowser())]).toEqual([odd, '/sign-in?error=provider_failed'])
    }
    provider.claims = { sub: 'subject-1', email: 'ada@example.com', email_verified: true }
    provider.forge = true
    expect(await enter(openBrowser())).toBe('/sign-in?error=provider_failed')
    expect(test.reports.length).toBeGreaterThan(0)
    expect(test.reports.join(' ')).not.toMatch(/secret|code-|eyJ|@/)
  })

  it('a refusal by the provider, another provider and an odd answer lead back to the sign-in page', async () => {
    const state = new URL(await begin(browser)).searchParams.get('state') ?? ''
    const callback = 'https://keys.example.com/v1/sign-in/providers/oidc/callback'
    expect(await finish(browser, `${callback}?error=access_denied&state=${state}`)).toBe(
      '/sign-in?error=provider_refused',
    )
    expect(await finish(browser, callback)).toBe('/sign-in?error=provider_failed')
    expect(await finish(browser, callback.replace('/oidc/', '/other/'))).toBe('/sign-in?error=provider_not_found')
    expect(await test.people.startProvider(browser.visitor(), 'other', '/')).toEqual({ problem: 'provider_not_found' })
  })

  it('a provider that names another issuer than the one that was set is not used', async () => {
    provider.named = 'https://other.example'
    expect(await begin(browser)).toBe('/sign-in?error=provider_unavailable')
    expect(test.reports.join(' ')).toContain('KEYWRIGHT_OIDC_ISSUER')
    provider.named = undefined
    expect(await begin(browser)).toContain('/authorize?')
  })

  it('cookies on the way are bound to this host', async () => {
    await begin(browser)
    expect([...browser.cookies.keys()]).toEqual(['__Host-keywright_provider'])
  })
})

it('only paths of ours are returned to', () => {
  expect(ownPath('/accounts/acc_1?view=keys#top')).toBe('/accounts/acc_1?view=keys#top')
  for (const foreign of [
    'https://evil.example/',
    '//evil.example/x',
    '/\\evil.example',
    '/\t/evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '',
  ])
    expect([foreign, ownPath(foreign)]).toEqual([foreign, '/'])
})

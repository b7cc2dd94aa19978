import { expect, it } from 'vitest'
import { Secret } from '../secret.ts'
import { readSettings } from '../settings.ts'
import { oidcOf } from './oidc-settings.ts'

const read = (environment: Readonly<Record<string, string>>) => readSettings({ environment, flags: {}, folder: '/' })
const whole = {
  KEYWRIGHT_OIDC_ISSUER: 'https://login.example.com/',
  KEYWRIGHT_OIDC_CLIENT_ID: 'keys',
  KEYWRIGHT_OIDC_CLIENT_SECRET: 's3cret',
}

it('a provider is three settings and a label, or none', () => {
  const all = read(whole)
  if (!all.ok) throw new Error(all.problems.join(' '))
  const provider = oidcOf(all.settings)
  expect(provider).toEqual({
    issuer: 'https://login.example.com',
    clientId: 'keys',
    clientSecret: expect.any(Secret),
    label: 'Single sign-on',
  })
  expect(JSON.stringify(provider)).not.toContain('s3cret')
  const none = read({})
  expect(none.ok && oidcOf(none.settings)).toBeNull()
  const part = read({ KEYWRIGHT_OIDC_ISSUER: whole.KEYWRIGHT_OIDC_ISSUER })
  if (!part.ok) throw new Error(part.problems.join(' '))
  expect(() => oidcOf(part.settings)).toThrow(/KEYWRIGHT_OIDC_CLIENT_ID and KEYWRIGHT_OIDC_CLIENT_SECRET/)
})

it('an issuer is an https address; without TLS it is on this machine', () => {
  for (const good of ['https://login.example.com/realms/a', 'http://127.0.0.1:8080', 'http://localhost/x'])
    expect([good, read({ ...whole, KEYWRIGHT_OIDC_ISSUER: good }).ok]).toEqual([good, true])
  for (const bad of [
    'http://login.example.com',
    'http://localhost.evil.example',
    'login.example.com',
    'https://u:p@a.example',
    'https://a.example?b',
  ])
    expect([bad, read({ ...whole, KEYWRIGHT_OIDC_ISSUER: bad }).ok]).toEqual([bad, false])
})

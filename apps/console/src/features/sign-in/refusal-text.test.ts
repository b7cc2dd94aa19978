import { describe, expect, it } from 'vitest'
import { passkeyFault } from './passkeys.ts'
import { providerErrorPhrase, waitSecondsOf } from './refusal-text.ts'

const named = (name: string): Error => Object.assign(new Error('x'), { name })

describe('what refusals are said to mean', () => {
  it('an error of a provider that nobody knows is told as a failure, whatever the address says', () => {
    expect(providerErrorPhrase('not_invited')).toBe('signIn.providerErrors.not_invited')
    for (const code of ['__proto__', 'constructor', '<b>', '']) {
      expect(providerErrorPhrase(code)).toBe('signIn.providerErrors.provider_failed')
    }
  })

  it.each([
    [1, 1],
    [119, 119],
    [120, 120],
    [121, 180],
    [847, 900],
  ])('a wait of %i seconds is said as %i, never too short', (seconds, said) => {
    expect(waitSecondsOf(seconds)).toBe(said)
  })

  it.each([
    ['NotAllowedError', 'declined'],
    ['AbortError', 'declined'],
    ['SecurityError', 'domain'],
    ['InvalidStateError', 'exists'],
    ['UnknownError', 'failed'],
  ] as const)('%s of WebAuthn is: %s', (name, fault) => {
    expect(passkeyFault(named(name))).toBe(fault)
  })
})

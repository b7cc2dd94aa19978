import { type CredentialFacts, generateKeyText, isProblem } from '@keywright/core'
import { describe, expect, it } from 'vitest'
import { testConfig, testRandomBytes } from '../../storage/testing.ts'
import { checkOf } from './check.ts'

const config = testConfig()
const secret = generateKeyText('exa', 'live', testRandomBytes(9))
const caller: CredentialFacts = { kind: 'verify', id: 'crd_1', environment: 'live', audiences: ['api', 'ingest'] }

const checked = (body: object, by: CredentialFacts = caller) => checkOf({ key: secret, ...body }, '', by, config)

describe('what a check may ask', () => {
  it('is narrowed by its credential and never widened', () => {
    expect(checked({})).toMatchObject({ environment: 'live', audiences: ['api', 'ingest'] })
    expect(checked({ audience: 'api', environment: 'live' })).toMatchObject({ audiences: ['api'] })
    for (const wider of [{ environment: 'test' }, { environment: '' }, { audience: 'other' }, { audience: '' }]) {
      expect(checked(wider), JSON.stringify(wider)).toMatchObject({ problem: 'forbidden' })
    }
  })

  it('is stated in full by an operator', () => {
    const operator: CredentialFacts = { kind: 'operator', id: 'crd_2' }
    expect(checked({ audience: 'api', environment: 'live' }, operator)).toMatchObject({ audiences: ['api'] })
    for (const partial of [{}, { audience: 'api' }, { environment: 'live' }, { audience: 'x', environment: 'live' }]) {
      expect(checked(partial, operator), JSON.stringify(partial)).toMatchObject({ problem: 'invalid_parameters' })
    }
  })

  it.each([
    ['a cost below nothing', { cost: -1 }],
    ['half a cost', { cost: 0.5 }],
    ['a cost in words', { cost: '0' }],
    ['a cost past all bounds', { cost: 1_000_001 }],
    ['a permission that is none', { permissions: ['*'] }],
    ['a list that is none', { permissions: 'jobs.view' }],
    ['an address that is none', { ip: '192.0.2.7, 192.0.2.8' }],
    ['a tag with a line break', { tag: 'a\nb' }],
    ['a member of its own', { account: 'acc_1' }],
    ['what only prototypes have', JSON.parse('{"constructor":1,"__proto__":{"cost":0}}') as object],
  ])('is not %s', (_, body) => {
    expect(checked(body)).toMatchObject({ problem: 'invalid_parameters' })
  })
})

describe('a key that stands where it does not belong in a check', () => {
  it('is refused as a tag and in a permission, and not repeated', () => {
    for (const body of [{ tag: secret }, { tag: `a:${secret}` }, { permissions: [`jobs.view:${secret}`] }]) {
      const refused = checked(body)
      expect(refused).toMatchObject({ problem: 'invalid_parameters' })
      expect(JSON.stringify(refused)).not.toContain(secret)
    }
    const asName = checked({ [secret]: 1 })
    expect(isProblem(asName)).toBe(true)
    expect(JSON.stringify(asName)).not.toContain(secret)
  })

  it('is masked in the user agent, which is kept as one short line of well-formed text', () => {
    expect(checked({ userAgent: `agent ${secret}` })).toMatchObject({ userAgent: 'agent exa_live_[redacted]' })
    expect(checked({ userAgent: 'a\0b\r\nc\u001b[31m' })).toMatchObject({ userAgent: 'a b  c [31m' })
    expect(checked({ userAgent: `${'x.'.repeat(127)}x💥` })).toMatchObject({ userAgent: `${'x.'.repeat(127)}x\ufffd` })
  })
})

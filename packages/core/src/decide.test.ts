import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide, missingOf, type Outcome, type Standing, type Subject } from './decide.ts'
import { anyEnvironment, type CheckRequest, type Code, codes } from './decision.ts'
import { compileGrant, emptyGrant } from './grant.ts'
import { parseRange } from './network.ts'

const nowMs = 1_000
const known = new Set(['jobs.view', 'jobs.edit'])
const network = parseRange('192.0.2.0/24') ?? expect.fail('a range')

const good: Subject = {
  state: 'active',
  endsAtMs: null,
  environment: 'live',
  audiences: ['api'],
  networks: null,
  grant: compileGrant({ permissions: ['jobs.view'] }),
  ownerActive: true,
  parentUsable: true,
}
const request: CheckRequest = {
  key: 'text',
  environment: 'live',
  audiences: ['api'],
  permissions: ['jobs.view'],
  ip: '192.0.2.7',
}
const standing: Standing = { active: true }

/** Each way to be refused, in the order of the verdict: what is wrong, and what is then said. */
const faults: readonly {
  readonly code: Code
  readonly key?: Partial<Subject>
  readonly standing?: Standing
  readonly request?: Partial<CheckRequest>
  readonly outcome?: Outcome
}[] = [
  { code: 'SUSPENDED', standing: { active: false } },
  { code: 'SUSPENDED', key: { ownerActive: false } },
  { code: 'WRONG_ENVIRONMENT', request: { environment: 'test' } },
  { code: 'REVOKED', key: { state: 'revoked' } },
  { code: 'REVOKED', key: { parentUsable: false } },
  { code: 'EXPIRED', key: { endsAtMs: nowMs } },
  { code: 'PAUSED', key: { state: 'paused' } },
  { code: 'WRONG_TYPE', request: { audiences: ['elsewhere'] } },
  { code: 'IP_NOT_ALLOWED', key: { networks: [network] }, request: { ip: '198.51.100.1' } },
  { code: 'INSUFFICIENT_PERMISSION', request: { permissions: ['jobs.edit'] } },
  { code: 'RATE_LIMITED', outcome: 'rate-limited' },
  { code: 'QUOTA_EXCEEDED', outcome: 'quota-exceeded' },
]

const verdict = (chosen: readonly (typeof faults)[number][]): Code =>
  decide(
    Object.assign({}, good, ...chosen.toReversed().map(({ key }) => key)),
    chosen.find((fault) => fault.standing !== undefined)?.standing ?? standing,
    Object.assign({}, request, ...chosen.toReversed().map((fault) => fault.request)),
    known,
    nowMs,
    chosen.find((fault) => fault.outcome !== undefined)?.outcome ?? 'taken',
  )

describe('the order of the verdict', () => {
  test('the generated table: of any set of faults, the first in the order is answered', () => {
    for (let set = 0; set < 2 ** faults.length; set++) {
      const chosen = faults.filter((_, index) => (set >> index) & 1)
      // A key has one state.
      if (chosen.filter(({ key }) => key?.state !== undefined).length > 1) continue
      expect(verdict(chosen), chosen.map(({ code }) => code).join(', ')).toBe(chosen[0]?.code ?? 'VALID')
    }
  })

  test('an unknown key, or one whose account is gone, is unknown, whatever else is wrong (T15)', () => {
    for (const fault of faults) {
      const asked = { ...request, ...fault.request }
      expect(decide(undefined, standing, asked, known, nowMs, fault.outcome ?? 'taken')).toBe('NOT_FOUND')
      expect(decide({ ...good, ...fault.key }, undefined, asked, known, nowMs, fault.outcome ?? 'taken')).toBe(
        'NOT_FOUND',
      )
    }
  })

  test('every answer is one of the table', () => {
    for (const { code } of faults) expect(codes).toContain(code)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

describe('T15: what is missing never accepts', () => {
  const accepts = (key: Partial<Subject>, asked: Partial<CheckRequest> = {}) =>
    decide({ ...good, ...key }, standing, { ...request, ...asked }, known, nowMs, 'taken') === 'VALID'

  test('a type that the configuration no longer knows reaches nothing, not even any audience', () => {
    expect(accepts({ audiences: undefined })).toBe(false)
    expect(accepts({ audiences: undefined }, { audiences: null })).toBe(false)
    expect(accepts({ audiences: [] })).toBe(false)
    expect(accepts({}, { audiences: [] })).toBe(false)
    expect(accepts({}, { audiences: null })).toBe(true)
    expect(accepts({}, { audiences: ['elsewhere', 'api'] })).toBe(true)
  })

  test('an empty list of networks is nowhere; a key of a network needs an address that can be read', () => {
    expect(accepts({ networks: [] })).toBe(false)
    expect(accepts({ networks: [network] })).toBe(true)
    expect(accepts({ networks: [network] }, { ip: '::ffff:192.0.2.200' })).toBe(true)
    for (const ip of [undefined, '', 'unknown', '192.0.2.7, 198.51.100.1', '192.0.2.7:443'])
      expect(accepts({ networks: [network] }, { ip })).toBe(false)
  })

  test('an empty grant holds nothing; without a question it is not asked', () => {
    expect(accepts({ grant: compileGrant(emptyGrant) })).toBe(false)
    expect(accepts({ grant: compileGrant(emptyGrant) }, { permissions: [] })).toBe(true)
    expect(accepts({ grant: compileGrant(emptyGrant) }, { permissions: undefined })).toBe(true)
  })

  test('all permissions are required, and an unrestricted key holds only what there is (35)', () => {
    expect(accepts({}, { permissions: ['jobs.view', 'jobs.edit'] })).toBe(false)
    const everything = { grant: compileGrant('unrestricted' as const) }
    expect(accepts(everything, { permissions: ['jobs.view', 'jobs.edit', 'jobs.view:x'] })).toBe(true)
    for (const foreign of ['jobs.delete', 'jobs', '*', 'jobs.*', 'JOBS.view', 'jobs.view.more', '', ':x']) {
      expect(accepts(everything, { permissions: [foreign] }), foreign).toBe(false)
      expect(accepts({}, { permissions: [foreign] }), foreign).toBe(false)
    }
    expect(missingOf(everything.grant, ['jobs.view', 'nothing.view'], known)).toEqual(['nothing.view'])
    expect(missingOf(good.grant, ['jobs.edit', 'jobs.view', 'jobs.edit:x'], known)).toEqual([
      'jobs.edit',
      'jobs.edit:x',
    ])
  })

  test('keys never cross environments; only the word for any reaches all, and it is not one that a key can have', () => {
    const values = ['live', 'test', null, '', 'Live', 'live ']
    for (const of of values) {
      for (const asked of values) expect(accepts({ environment: of }, { environment: asked })).toBe(of === asked)
      expect(accepts({ environment: of }, { environment: anyEnvironment })).toBe(true)
    }
  })
})

test('24: a key is accepted until its end and refused from it on, to the millisecond', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (endsAtMs, atMs) => {
      expect(decide({ ...good, endsAtMs }, standing, request, known, atMs, 'taken')).toBe(
        atMs < endsAtMs ? 'VALID' : 'EXPIRED',
      )
    }),
  )
})

import {
  compileGrant,
  compileLimit,
  contains,
  type Grant,
  type Limit,
  parseAddress,
  parseRange,
  satisfies,
  takeRate,
} from '@keywright/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { excessOf, type Holding, isLimitWithin, isQuotaWithin } from './ceiling.ts'

const permissions = ['jobs.view', 'jobs.create', 'jobs.view:crm', 'jobs.view:crm2', 'jobsx.view', 'calls.view']
const addresses = ['10.0.0.1', '10.1.0.1', '11.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '2001:db9::1']
const networks = ['10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0', '::/0', '2001:db8::/32', '10.0.0.1/32']

const grants: fc.Arbitrary<Grant> = fc.oneof(
  fc.constant('unrestricted' as const),
  fc.subarray(permissions).map((held) => ({ permissions: held })),
)
const limits = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b'),
    limit: fc.integer({ min: 1, max: 20 }),
    windowSeconds: fc.constantFrom(1, 10, 60),
  }),
  { selector: ({ name }) => name },
)
const holdings: fc.Arbitrary<Holding> = fc.record({
  grant: grants,
  environment: fc.constantFrom('live', 'test', null),
  audiences: fc.subarray(['api', 'admin']),
  networks: fc.option(fc.subarray(networks)),
  endsAtMs: fc.option(fc.integer({ min: 1, max: 3 })),
  limits,
  quota: fc.option(
    fc.record({
      limit: fc.integer({ min: 1, max: 5 }),
      period: fc.constantFrom('day' as const, 'month' as const, null),
    }),
  ),
})

/** Two keys that differ in a few things, so that one is often within the other. */
const pairs = fc
  .tuple(
    holdings,
    holdings,
    fc.subarray(['grant', 'environment', 'audiences', 'networks', 'endsAtMs', 'limits', 'quota'] as const),
  )
  .map(([parent, other, names]) => ({
    parent,
    child: { ...parent, ...Object.fromEntries(names.map((name) => [name, other[name]])) } as Holding,
  }))

const isFrom = (holding: Holding, address: string): boolean => {
  const parsed = parseAddress(address)
  if (holding.networks === null || parsed === undefined) return true
  return holding.networks.some((text) => {
    const range = parseRange(text)
    return range !== undefined && contains(range, parsed)
  })
}

describe('what a key may give', () => {
  it('T3, T4: whatever a child within its parent may do, the parent may do', () => {
    let within = 0
    fc.assert(
      fc.property(pairs, ({ child, parent }) => {
        if (excessOf(child, parent).length > 0) return
        within++
        const [ofChild, ofParent] = [compileGrant(child.grant), compileGrant(parent.grant)]
        for (const each of [...permissions, 'later.verb']) {
          if (satisfies(ofChild, each)) expect(satisfies(ofParent, each)).toBe(true)
        }
        for (const address of addresses) if (isFrom(child, address)) expect(isFrom(parent, address)).toBe(true)
        for (const audience of child.audiences) expect(parent.audiences).toContain(audience)
        expect(child.environment).toBe(parent.environment)
        expect(child.endsAtMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(
          parent.endsAtMs ?? Number.POSITIVE_INFINITY,
        )
        for (const { name } of parent.limits) expect(child.limits.map((limit) => limit.name)).toContain(name)
      }),
      { numRuns: 5_000, seed: 7 },
    )
    expect(within).toBeGreaterThan(500)
  })

  it('a key is within itself, and nothing is within less', () => {
    fc.assert(
      fc.property(holdings, (holding) => {
        expect(excessOf(holding, holding)).toEqual([])
      }),
      { numRuns: 500 },
    )
    const all: Holding = {
      grant: 'unrestricted',
      environment: 'live',
      audiences: ['api'],
      networks: null,
      endsAtMs: null,
      limits: [],
      quota: null,
    }
    const least: Holding = {
      grant: { permissions: [] },
      environment: 'test',
      audiences: [],
      networks: [],
      endsAtMs: 1,
      limits: [{ name: 'a', limit: 1, windowSeconds: 60 }],
      quota: { limit: 1, period: null },
    }
    expect(excessOf(all, least).map(({ pointer }) => pointer)).toEqual([
      '/environment',
      '/type',
      '/grant',
      '/allowedNetworks',
      '/expiresAt',
      '/limits',
      '/quota',
    ])
  })

  it('a limit within another never admits what the other refuses', () => {
    const limit: fc.Arbitrary<Limit> = fc
      .record({
        limit: fc.integer({ min: 1, max: 30 }),
        windowSeconds: fc.constantFrom(1, 5, 60),
        share: fc.double({ min: 0.1, max: 1, noNaN: true }),
      })
      .map(({ share, ...rest }) => ({ name: 'a', ...rest, burst: Math.max(1, Math.floor(rest.limit * share)) }))
    const steps = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 30, maxLength: 60 })
    fc.assert(
      fc.property(limit, limit, steps, (inner, outer, waits) => {
        if (!isLimitWithin(inner, outer)) return
        const [innerRate, outerRate] = [compileLimit(inner), compileLimit(outer)]
        let [innerTat, outerTat, nowMs] = [0, 0, 1_000_000]
        for (const waitMs of waits) {
          nowMs += waitMs
          const taken = takeRate(innerRate, innerTat, nowMs, 1)
          if (taken === undefined) continue
          innerTat = taken
          const also = takeRate(outerRate, outerTat, nowMs, 1)
          expect(also).toBeDefined()
          outerTat = also ?? outerTat
        }
      }),
      { numRuns: 500, seed: 7 },
    )
  })

  it('a quota is within one of the same period, or as a total', () => {
    expect(isQuotaWithin(null, null)).toBe(true)
    expect(isQuotaWithin(null, { limit: 1, period: 'day' })).toBe(false)
    expect(isQuotaWithin({ limit: 1, period: 'month' }, { limit: 5, period: 'day' })).toBe(false)
    expect(isQuotaWithin({ limit: 1, period: 'day' }, { limit: 5, period: 'month' })).toBe(false)
    expect(isQuotaWithin({ limit: 5, period: null }, { limit: 5, period: 'day' })).toBe(true)
    expect(isQuotaWithin({ limit: 6, period: 'day' }, { limit: 5, period: 'day' })).toBe(false)
  })
})

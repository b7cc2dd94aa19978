import { describe, expect, test } from 'vitest'
import { connected, faults } from '../bench/revocation/faults.ts'
import { measureSdkLags } from '../bench/revocation/lag.ts'

const freshnessMs = 1_000

describe('T7: a revocation is seen by an SDK within the bound, whatever is wrong between it and the server', () => {
  test.skipIf(!process.env['KEYWRIGHT_SOAK'])(
    'for each of 10,000 keys under every fault',
    async () => {
      const options = { revocations: 10_000, keysPerRound: 500, freshnessMs, lanes: 32 }
      for (const [fault, { lagsMs, checks }] of await measureSdkLags([connected, ...faults], options)) {
        expect(lagsMs).toHaveLength(10_000)
        expect(checks, fault).toBeGreaterThan(10_000)
        expect(Math.max(...lagsMs), fault).toBeLessThanOrEqual(freshnessMs)
      }
    },
    1_800_000,
  )
})

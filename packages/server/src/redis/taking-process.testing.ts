import { compileLimit, type Limit } from '@keywright/core'
import { systemClock } from '../clock.ts'
import { Secret } from '../secret.ts'
import { openRedisLimits } from './open.ts'

/** What a process that takes is told: as one check asks, again and again. */
export interface TakingOrder {
  readonly url: string
  readonly takes: number
  readonly atOnce: number
  readonly owners: readonly { readonly owner: string; readonly limits: readonly Limit[] }[]
}

/** What it tells: how many checks were admitted, and how many had no answer. */
export interface TakingReport {
  readonly accepted: number
  readonly failed: number
}

/** A process of its own that takes limits as a node does: it says when it is ready, takes when it is told, and reports. */
async function takeAll({ url, takes, atOnce, owners }: TakingOrder): Promise<TakingReport> {
  const { limiter, close } = await openRedisLimits({
    url: new Secret(url),
    outage: 'refuse',
    freshnessMs: 60_000,
    secret: Buffer.from('one secret of all processes'),
    clock: systemClock,
    log: { info: () => {}, error: () => {} },
  })
  let [left, accepted, failed] = [takes, 0, 0]
  const taker = async () => {
    while (left-- > 0) {
      const requests = owners.map(({ owner, limits }) => ({ owner, rates: limits.map(compileLimit) }))
      await limiter.take(requests, 1).then(
        ({ taken }) => {
          if (taken) accepted++
        },
        () => {
          failed++
        },
      )
    }
  }
  await Promise.all(Array.from({ length: atOnce }, taker))
  await close()
  return { accepted, failed }
}

process.once('message', (order: TakingOrder) => {
  void takeAll(order).then((report) => process.send?.(report, () => process.disconnect()))
})
process.send?.('ready')

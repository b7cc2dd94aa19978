import openkeyOf from 'openkey'
import { type Peer, peerKeys } from './peer.ts'
import { startRedis } from './redis.ts'

/** openkey over a Redis server on the same machine, which counts usage; `undefined` where no Redis is installed. */
export async function openkeyPeer(): Promise<Peer | undefined> {
  const redis = await startRedis()
  if (redis === undefined) return undefined
  const openkey = openkeyOf({ redis: redis.client })
  await openkey.plans.create({ id: 'bench', limit: 1_000_000_000, period: '28d' })
  const keys: string[] = []
  while (keys.length < peerKeys) keys.push((await openkey.keys.create({ plan: 'bench' })).value)
  return {
    name: 'openkey 0.0.21, Redis',
    keys,
    check: async (key) => {
      const { remaining, pending } = await openkey.usage.increment(key)
      await pending
      if (remaining <= 0) throw new Error('openkey refused its own key')
    },
    close: () => redis.close(),
  }
}

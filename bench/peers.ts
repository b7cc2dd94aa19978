import type { NodeEngine } from '@keywright/core'
import { benchEngine, benchKeys, benchSource, requestOf } from './engine-setup.ts'
import { type Comparison, compare, perSecond, perSecondLater } from './measure.ts'
import { betterAuthPeer } from './peers/better-auth.ts'
import { openkeyPeer } from './peers/openkey.ts'
import { type Peer, peerKeys } from './peers/peer.ts'
import { prefixedApiKeyPeer } from './peers/prefixed-api-key.ts'

const [roundMs, rounds] = [1_000, 9]
const stride = 7_919

/** Our hit against checks of libraries that do the same in the same process, with 10,000 keys each. */
export async function benchPeers(): Promise<readonly Comparison[]> {
  const keys = benchKeys(peerKeys)
  const engine = benchEngine(benchSource(keys), peerKeys, 3_600_000)
  await engine.refresh()
  for (const key of keys) await engine.verify(requestOf(key))
  const results = [
    await against(engine, keys, await prefixedApiKeyPeer(), 1, 2),
    await against(engine, keys, await betterAuthPeer(), 1, 500),
  ]
  for (const lanes of [1, 64]) {
    const openkey = await openkeyPeer()
    if (openkey === undefined) console.error('openkey is left out, because no redis-server is installed')
    else results.push(await against(engine, keys, openkey, lanes))
  }
  return results
}

async function against(
  engine: NodeEngine,
  keys: readonly string[],
  peer: Peer,
  lanes: number,
  aimRatio?: number,
): Promise<Comparison> {
  const at = (texts: readonly string[], index: number) => texts[(index * stride) % texts.length] as string
  const about = {
    name: `our hit against ${peer.name}${lanes === 1 ? '' : `, ${lanes} at a time`}`,
    unit: 'checks/s',
    rounds,
    ...(aimRatio === undefined ? {} : { aimRatio }),
  }
  const first = peer.check(peer.keys[0] as string)
  await first
  try {
    return await compare(
      about,
      () =>
        first === undefined
          ? perSecond(roundMs, (index) => void peer.check(at(peer.keys, index)))
          : perSecondLater(roundMs, lanes, async (index) => peer.check(at(peer.keys, index))),
      async () => {
        const rate = perSecond(roundMs, (index) => {
          const decision = engine.verify(requestOf(at(keys, index)))
          if (decision instanceof Promise || !decision.valid) throw new Error('a hit was not accepted at once')
        })
        await engine.flush(async () => {})
        return rate
      },
    )
  } finally {
    await peer.close()
  }
}

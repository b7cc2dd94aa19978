import { checkAPIKey, extractShortToken, generateAPIKey } from 'prefixed-api-key'
import { type Peer, peerKeys } from './peer.ts'

/** `prefixed-api-key` with the hashes in a `Map`: it finds and compares, and knows no limits, permissions or counts. */
export async function prefixedApiKeyPeer(): Promise<Peer> {
  const hashes = new Map<string, string>()
  const keys: string[] = []
  while (keys.length < peerKeys) {
    const made = await generateAPIKey({ keyPrefix: 'bench' })
    if (made.token === undefined) throw new Error('prefixed-api-key made no key')
    hashes.set(made.shortToken, made.longTokenHash)
    keys.push(Buffer.from(made.token, 'latin1').toString('latin1'))
  }
  return {
    name: 'prefixed-api-key 1.1, a Map (no limits, no counting)',
    keys,
    check: (key) => {
      const expected = hashes.get(extractShortToken(key))
      if (expected === undefined || !checkAPIKey(key, expected)) throw new Error('prefixed-api-key refused its own key')
    },
    close: async () => {},
  }
}

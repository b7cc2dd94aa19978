import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { type Peer, peerKeys } from './peer.ts'

/** better-auth with its API-key plugin over SQLite in WAL mode; its rate limit is on, as it comes, and set so high that it refuses nothing. */
export async function betterAuthPeer(): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const database = new DatabaseSync(join(folder, 'peer.db'))
  database.exec('pragma journal_mode = wal')
  const options = {
    database,
    secret: randomBytes(32).toString('hex'),
    baseURL: 'http://localhost:3000',
    emailAndPassword: { enabled: true },
    logger: { disabled: true },
    plugins: [apiKey({ rateLimit: { enabled: true, timeWindow: 86_400_000, maxRequests: 1_000_000_000 } })],
  }
  await (await getMigrations(options)).runMigrations()
  const auth = betterAuth(options)
  const person = await auth.api.signUpEmail({
    body: { email: 'bench@example.com', password: randomBytes(16).toString('hex'), name: 'Bench' },
  })
  const keys: string[] = []
  database.exec('pragma synchronous = off')
  while (keys.length < peerKeys) {
    const made = await auth.api.createApiKey({ body: { userId: person.user.id, name: 'Bench key' } })
    keys.push(made.key)
  }
  database.exec('pragma synchronous = full')
  return {
    name: 'better-auth 1.7 with its API-key plugin, SQLite, WAL',
    keys,
    check: async (key) => {
      const { valid } = await auth.api.verifyApiKey({ body: { key } })
      if (!valid) throw new Error('better-auth refused its own key')
    },
    close: async () => {
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

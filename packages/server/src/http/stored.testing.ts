import { stateAt } from '@keywright/core'
import type { Storage } from '../storage/ports.ts'
import { storageOf } from '../storage/storage.ts'
import { openTestStore, type TestClock, testClock, testConfig, testOperator } from '../storage/testing.ts'
import type { Identity, ResolveCredential } from './actor.ts'
import { type LogLine, managedSource, openTestServer, type TestServer, testDeps } from './testing.ts'

/** A plane over a real store, with an operator's credential. */
export interface StoredPlane extends TestServer {
  readonly storage: Storage
  readonly clock: TestClock
  readonly operator: string
  readonly lines: LogLine[]
  /** The number of the newest entry of the log. */
  head(): Promise<number>
}

/** Finds whom a credential belongs to in the store itself: what the engine does from memory. */
const resolveIn =
  (storage: Storage, clock: TestClock): ResolveCredential =>
  async (text) => {
    const { facts: credential } = await storage.checks.credential(text)
    if (credential !== undefined) return credential
    const { facts: key } = await storage.checks.key(text)
    if (key === undefined || stateAt(key, clock.wallMs()) !== 'active') return undefined
    const identity: Identity = {
      kind: 'key',
      id: key.id,
      accountId: key.accountId,
      lineageId: key.lineageId,
      grant: key.grant,
    }
    return identity
  }

/** An empty embedded store with the configuration of these tests in force. */
export async function openManagedStorage(clock: TestClock): Promise<Storage> {
  const config = testConfig(managedSource)
  const store = await openTestStore({ kind: 'sqlite', config, clock })
  const storage = { ...storageOf(store), close: () => store.close() }
  await storage.configurations.apply(config, testOperator)
  return storage
}

/** Starts a plane over an empty embedded store. */
export async function openStoredPlane(): Promise<StoredPlane> {
  const clock = testClock()
  const config = testConfig(managedSource)
  const storage = await openManagedStorage(clock)
  const created = await storage.credentials.create(testOperator, { kind: 'operator', name: 'Tests' })
  if ('problem' in created || created.secret === null) throw new Error('no operator credential was made')
  const lines: LogLine[] = []
  const server = await openTestServer(
    testDeps({ storage, clock, lines, config: () => config, resolveCredential: resolveIn(storage, clock) }),
  )
  return {
    ...server,
    storage,
    clock,
    lines,
    operator: created.secret.expose(),
    head: async () => (await storage.log.head(null)).position.number,
    close: async () => {
      await server.close()
      await storage.close()
    },
  }
}

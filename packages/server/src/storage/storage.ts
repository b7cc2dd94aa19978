import { accountsOf } from './accounts.ts'
import { checksOf } from './checks.ts'
import { configurationsOf } from './configurations.ts'
import { credentialsOf } from './credentials.ts'
import { keysOf } from './keys/keys.ts'
import { headReader } from './log/head.ts'
import { logOf } from './log/log.ts'
import { membersOf } from './members.ts'
import { openStore, type Store, type StoreParts } from './open-store.ts'
import type { Storage } from './ports.ts'
import { quotasOf } from './quotas.ts'
import { setupOf } from './setup.ts'
import { usageOf } from './usage.ts'

/** Opens the whole storage on a database, which its `close` closes. An empty one is made ready; a StartError says why one cannot be used. */
export const openStorage = async (parts: StoreParts): Promise<Storage> => storageOf(await openStore(parts))

/** The storage on an open store. */
export function storageOf(store: Store): Storage {
  const { context, database, log, clock } = store
  const head = headReader(database, log.signer, clock)
  return {
    accounts: accountsOf(context),
    members: membersOf(context),
    keys: keysOf(context),
    credentials: credentialsOf(context),
    setup: setupOf(context),
    log: logOf(store, head),
    checks: checksOf(store, head),
    quotas: quotasOf(store),
    usage: usageOf(store),
    configurations: configurationsOf(store),
    hasKeys: async () => (await context.read.selectFrom('keys').select('id').limit(1).executeTakeFirst()) !== undefined,
    close: () => database.close(),
  }
}

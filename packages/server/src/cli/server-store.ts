import { systemClock } from '../clock.ts'
import type { LogSigner } from '../crypto.ts'
import { isForbidden, migrateServerDatabase, openServerDatabase } from '../open-database.ts'
import type { Settings } from '../settings.ts'
import { StartError } from '../start-error.ts'
import type { RowCounts, StoredTable } from '../storage/copy-tables.ts'
import type { Database } from '../storage/database.ts'
import { verifyLog } from '../storage/log/verify.ts'
import { StoreUnavailableError } from '../storage/store-unavailable.ts'
import { fillFrom, isEmpty, type WholeServer, withWholeServer } from '../storage/whole-store.ts'

/** Says how far a copy has come, in rows. */
export type CopyProgress = (done: number) => void

/** A database server of which nobody else sees or changes anything, and its tables. */
interface HeldServer {
  readonly held: WholeServer
  readonly tables: readonly StoredTable[]
  /** Whether nothing at all is stored in it. */
  readonly empty: boolean
}

/** Brings the schema of the database server of the settings up to date and works on all of it at once: everything is kept, or nothing. */
export async function onWholeServer<Result>(
  settings: Settings,
  tables: readonly StoredTable[],
  work: (server: HeldServer) => Promise<Result>,
): Promise<Result> {
  await migrateServerDatabase(settings, systemClock.wallMs())
  const database = await openServerDatabase(settings, { patient: true })
  try {
    return await withWholeServer(database, tables, async (held) =>
      work({ held, tables, empty: await isEmpty(held.transaction, tables) }),
    )
  } catch (error) {
    if (isForbidden(error))
      throw new StartError(
        'The user of KEYWRIGHT_DATABASE_URL may not replace what its tables hold; give the address of the user that owns them. Nothing was changed.',
      )
    if (error instanceof StoreUnavailableError)
      throw new StartError(
        'The PostgreSQL server of KEYWRIGHT_DATABASE_URL went away in the middle; nothing was changed. Run it again.',
      )
    throw error
  } finally {
    await database.close()
  }
}

/** Puts a store from a file into a held server; throws a StartError where what arrived is not what the file holds. */
export async function putInto(
  { held, tables }: HeldServer,
  { read }: Pick<Database, 'read'>,
  signer: LogSigner,
  progress?: CopyProgress,
): Promise<RowCounts> {
  const counts = await fillFrom(read, held, tables, progress)
  const { faults } = await verifyLog(held.transaction, signer, [])
  const [first] = faults
  if (first !== undefined)
    throw new StartError(
      `The log is not whole in PostgreSQL: entry ${first.number}: ${first.fault}. Nothing was changed.`,
    )
  return counts
}

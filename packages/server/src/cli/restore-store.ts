import { existsSync, renameSync } from 'node:fs'
import { systemClock } from '../clock.ts'
import { LogSigner } from '../crypto.ts'
import { databaseFile, logKeysToVerify } from '../installation.ts'
import { StartError } from '../start-error.ts'
import { tablesOf } from '../storage/copy-tables.ts'
import { migrate } from '../storage/migrate.ts'
import { copyToFile } from '../storage/whole-store.ts'
import { setCheckpointsAside } from './checkpoints-aside.ts'
import { keepReplaced } from './keep-replaced.ts'
import { removeDatabase, settle } from './one-file.ts'
import {
  asideName,
  type Candidate,
  prepareRestore,
  type Restored,
  type RestoreSource,
  withCandidate,
  withOpenCandidate,
} from './prepare-restore.ts'
import { type CopyProgress, onWholeServer, putInto } from './server-store.ts'

/** Puts a backup in the place of the store of the settings, or changes nothing and throws a StartError. */
export const restoreStore = (source: RestoreSource, progress?: CopyProgress): Promise<Restored> =>
  withCandidate(source, async (candidate) => {
    const { settings } = source
    const restored = await (settings.databaseUrl === null
      ? restoreFolder(candidate)
      : restoreServer(candidate, progress))
    setCheckpointsAside(settings.checkpointFile, ({ number }) => number <= restored.through)
    return restored
  })

async function restoreFolder(candidate: Candidate): Promise<Restored> {
  const { settings, replace } = candidate.source
  const path = databaseFile(settings.dataFolder)
  const occupied = existsSync(path)
  if (occupied && !replace) {
    throw new StartError(
      `There is a database in ${settings.dataFolder}; add --replace to put it aside, or name another folder with --data.`,
    )
  }
  if (occupied) settle(path)
  const prepared = await withOpenCandidate(candidate, (database) =>
    prepareRestore(candidate, database, occupied ? path : null),
  )
  settle(candidate.path)
  // A server that was started meanwhile would go on with the database that is put aside.
  if (occupied) settle(path)
  const keptAs = occupied ? keepReplaced(path) : null
  renameSync(candidate.path, path)
  return { ...prepared, keptAs }
}

/** Everything that servers do with the database waits meanwhile, so that nothing of it is lost unseen. */
async function restoreServer(candidate: Candidate, progress?: CopyProgress): Promise<Restored> {
  const { settings, replace } = candidate.source
  const path = databaseFile(settings.dataFolder)
  const replaced = `${path}.replaced`
  removeDatabase(replaced)
  try {
    return await withOpenCandidate(candidate, async (database) => {
      await migrate(database, systemClock.wallMs())
      return await onWholeServer(settings, await tablesOf(database.read), async (server) => {
        const { empty, held } = server
        if (!empty && !replace) {
          throw new StartError(
            'There is a store in the database of KEYWRIGHT_DATABASE_URL; add --replace to put it aside into a file, or name an empty database. Nothing was restored.',
          )
        }
        if (!empty) await copyToFile(held.transaction, replaced, systemClock.wallMs(), progress)
        const prepared = await prepareRestore(candidate, database, empty ? null : replaced)
        await putInto(server, database, new LogSigner(logKeysToVerify(settings)), progress)
        const keptAs = empty ? null : asideName(path)
        if (keptAs !== null) renameSync(replaced, keptAs)
        return { ...prepared, keptAs }
      })
    })
  } finally {
    for (const leftover of [replaced, candidate.path]) removeDatabase(leftover)
  }
}

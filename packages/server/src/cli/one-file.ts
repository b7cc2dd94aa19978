import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StartError } from '../start-error.ts'

const sqliteBusy = 5

/** Whether a database file was not to be had, since another program has it open. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy

/** What is said then. */
export const inUse = (path: string): StartError =>
  new StartError(`The database ${path} is in use; stop the server first.`)

/** Brings everything of a database into its one file, which fails while another program has it open. A damaged one stays as it is. */
export function settle(path: string): void {
  const database = new DatabaseSync(path)
  try {
    database.exec('pragma journal_mode = delete')
  } catch (error) {
    if (isBusy(error)) throw inUse(path)
  } finally {
    database.close()
  }
}

/** What SQLite keeps beside a database until everything is in its one file. Beside another database it would be taken for that one's own. */
export const besideDatabase = ['-journal', '-wal', '-shm'] as const

/** Removes a database file with all that lies beside it, whatever of that is there. */
export function removeDatabase(path: string): void {
  for (const ending of ['', ...besideDatabase]) rmSync(`${path}${ending}`, { force: true })
}

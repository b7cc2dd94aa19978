import { closeSync, constants, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { StartError } from '../start-error.ts'
import { besideDatabase, removeDatabase } from './one-file.ts'
import { asideName } from './prepare-restore.ts'

/**
 * Keeps a settled database under another name, which it answers. What is kept is a copy: the database has its own name until another one takes it
 * in one step, so that no crash leaves a folder without a database, in which a server would begin a new one, and the next restore would
 * not know what was revoked. Throws a StartError where there is no room; then everything is as it was.
 */
export function keepReplaced(path: string): string {
  const [copy, keptAs] = [`${path}.replaced`, asideName(path)]
  // Only what is damaged still has something beside it.
  const beside = besideDatabase.filter((ending) => existsSync(path + ending))
  removeDatabase(copy)
  try {
    for (const ending of ['', ...beside]) copyDurably(path + ending, copy + ending)
  } catch (error) {
    removeDatabase(copy)
    throw new StartError(
      `${path} cannot be kept as a copy (${error instanceof Error ? error.message : 'unknown'}); make room in the folder. Nothing was restored.`,
    )
  }
  for (const ending of [...beside, '']) renameSync(copy + ending, keptAs + ending)
  for (const ending of beside) rmSync(path + ending)
  return keptAs
}

function copyDurably(from: string, to: string): void {
  // Where the file system can, both share what they have in common.
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  const file = openSync(to, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

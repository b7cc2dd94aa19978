import { copyFileSync, renameSync, writeFileSync } from 'node:fs'
import { systemClock } from '../clock.ts'
import type { Database } from '../storage/database.ts'
import { hashesOf } from '../storage/log/hashes.ts'
import type { Checkpoint, RestoreMark } from '../storage/ports.ts'
import { readCheckpointFile } from './checkpoint-file.ts'

/** Keeps checkpoints of a history that was left in a file of their own: they would be missed for ever. All of the file changes at once, or nothing. */
export function setCheckpointsAside(path: string, isHeld: (checkpoint: Checkpoint) => boolean): void {
  const { checkpoints } = readCheckpointFile(path)
  const held = checkpoints.filter(isHeld)
  if (held.length === checkpoints.length) return
  copyFileSync(path, `${path}.before-restore-${systemClock.wallMs()}`)
  const written = `${path}.writing`
  writeFileSync(written, held.map((checkpoint) => `${JSON.stringify(checkpoint)}\n`).join(''), {
    mode: 0o600,
    flush: true,
  })
  renameSync(written, path)
}

/** Does so for a restored store, where the restore itself was cut off before it came to that: checkpoints of what was written since stay. */
export async function setCheckpointsOfLostAside(
  path: string,
  { read }: Pick<Database, 'read'>,
  { through }: RestoreMark,
): Promise<void> {
  const later = readCheckpointFile(path).checkpoints.filter(({ number }) => number > through)
  if (later.length === 0) return
  const hashes = await hashesOf(
    read,
    later.map(({ number }) => number),
  )
  setCheckpointsAside(path, ({ number, hash }) => number <= through || hashes.get(number) === hash)
}

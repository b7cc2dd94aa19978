import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../installation.ts'
import { StartError } from '../start-error.ts'
import type { Checkpoint } from '../storage/ports.ts'

const texts = ['epoch', 'hash', 'logKeyId', 'signature'] as const
const numbers = ['number', 'atMs'] as const

/** Whether a value is a checkpoint, whatever its signature says. */
export function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  return (
    texts.every((name) => typeof fields.get(name) === 'string') &&
    numbers.every((name) => Number.isSafeInteger(fields.get(name)))
  )
}

/** What a file of checkpoints holds, one JSON object a line; `faults` names the lines that are none. A missing file holds nothing. */
export interface CheckpointFile {
  readonly checkpoints: readonly Checkpoint[]
  readonly faults: readonly string[]
}

/** Reads the checkpoints that are kept outside the database. Throws a StartError where the file is there and cannot be read. */
export function readCheckpointFile(path: string): CheckpointFile {
  if (!existsSync(path)) return { checkpoints: [], faults: [] }
  const checkpoints: Checkpoint[] = []
  const faults: string[] = []
  for (const [index, line] of readText(path).split('\n').entries()) {
    if (line.trim() === '') continue
    const value = parse(line)
    if (isCheckpoint(value)) checkpoints.push(value)
    else faults.push(`line ${index + 1} of ${path} is no checkpoint`)
  }
  return { checkpoints, faults }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new StartError(
      `The checkpoints in ${path} cannot be read; let this user read the file, or correct KEYWRIGHT_CHECKPOINT_FILE.`,
    )
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Adds a checkpoint to the file, durably. Throws a StartError where it cannot be written. */
export function appendCheckpoint(path: string, checkpoint: Checkpoint): void {
  try {
    makeFolder(dirname(path))
    const file = openSync(path, 'a', 0o600)
    try {
      appendFileSync(file, `${JSON.stringify(checkpoint)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch {
    throw new StartError(
      `The checkpoint cannot be written to ${path}; make it writable for this user, or correct KEYWRIGHT_CHECKPOINT_FILE.`,
    )
  }
}

import { open } from 'node:fs/promises'
import type { Position } from '@keywright/core'
import type { LogSigner } from '../crypto.ts'
import { StartError } from '../start-error.ts'
import type { Database } from '../storage/database.ts'
import { checkpointSignature, entryHash } from '../storage/log/chain.ts'
import { signCheckpoint } from '../storage/log/checkpoint.ts'
import type { Checkpoint } from '../storage/ports.ts'
import type { LogEntryRow } from '../storage/schema.ts'
import { isCheckpoint } from './checkpoint-file.ts'

const batchMax = 1_000

/** Line separators of Unicode end a line for some readers, and JSON leaves them as they are. */
const lineOf = (value: unknown): string =>
  `${JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`

/**
 * Writes the entries after a number, as they are stored, into a new file (mode 0600): one JSON object a line, the last of which is signed and says where
 * the log ended. Answers that place.
 */
export async function exportEntries(
  { read }: Pick<Database, 'read'>,
  signer: LogSigner,
  { path, after, nowMs }: { readonly path: string; readonly after: number; readonly nowMs: number },
): Promise<Checkpoint> {
  const head = await read.selectFrom('log_head').selectAll().executeTakeFirstOrThrow()
  const file = await open(path, 'wx', 0o600)
  try {
    for (let last = after; last < head.number; ) {
      const rows = await read
        .selectFrom('log_entries')
        .selectAll()
        .where('number', '>', last)
        .where('number', '<=', head.number)
        .orderBy('number')
        .limit(batchMax)
        .execute()
      if (rows.length === 0) break
      await file.appendFile(rows.map(lineOf).join(''))
      last = rows.at(-1)?.number ?? head.number
    }
    const { checkpoint } = signCheckpoint(signer, { ...head, atMs: nowMs }, false)
    await file.appendFile(lineOf({ end: checkpoint }))
    await file.sync()
    return checkpoint
  } finally {
    await file.close()
  }
}

/** What an export says of the time after a backup. */
interface LaterEntries {
  readonly entries: readonly LogEntryRow[]
  /** Where the log ended when it was exported. */
  readonly through: number
}

/** The entries of an export after a place of the log; throws a StartError where it does not lead on from there, or is not what was exported. */
export async function readLaterEntries(path: string, from: Position, signer: LogSigner): Promise<LaterEntries> {
  const refuse = (why: string) => new StartError(`The export of the log in ${path} ${why}. Nothing was restored.`)
  const entries: LogEntryRow[] = []
  let last: Pick<Position, 'number' | 'hash'> | undefined
  let end: Checkpoint | undefined
  for await (const line of linesOf(path)) {
    const value = parse(line)
    if (end !== undefined) throw refuse('goes on after its end')
    end = endOf(value)
    if (end !== undefined) continue
    if (!isEntry(value)) throw refuse(`has a line that is no entry, after entry ${last?.number ?? 0}`)
    const fault = chainFault(value, last, from, signer)
    if (fault !== null) throw refuse(fault)
    if (value.number > from.number) entries.push(value)
    last = value
  }
  if (end === undefined) throw refuse('was cut off: its last line is missing')
  if (end.number < from.number) throw refuse(`ends at entry ${end.number}, and the backup at entry ${from.number}`)
  const reached = last ?? from
  const isWhole = end.number === reached.number && end.hash === reached.hash
  const isSigned = signer.knows(end.logKeyId) && checkpointSignature(signer, end, false) === end.signature
  if (!isWhole || !isSigned) throw refuse('does not end as it was signed: entries are missing, or it was altered')
  return { entries, through: end.number }
}

/** Why an entry does not follow from what was read before it; `null`: it does. */
function chainFault(
  entry: LogEntryRow,
  last: Pick<Position, 'number' | 'hash'> | undefined,
  from: Position,
  signer: LogSigner,
): string | null {
  const { number } = entry
  if (last !== undefined && number !== last.number + 1) return `leaves out entry ${last.number + 1}`
  if (last === undefined && number > from.number + 1)
    return `begins at entry ${number}, and the backup ends at entry ${from.number}; make one with --after ${from.number}`
  if (number === from.number && entry.hash !== from.hash)
    return `is of another past than the backup: entry ${number} is another one`
  if (!signer.knows(entry.log_key_id)) return `is chained under log key ${entry.log_key_id}, which was not given`
  const before = number === from.number + 1 ? from : last
  if (before === undefined || entryHash(signer, before.hash, entry) === entry.hash) return null
  return number === from.number + 1
    ? `does not lead on from the backup: entry ${number} does not follow from its entry ${from.number}`
    : `was altered: entry ${number} does not follow from the one before it`
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const unreadable = (reason: string) =>
    new StartError(`The export of the log in ${path} cannot be read (${reason}). Nothing was restored.`)
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(error instanceof Error ? error.message : 'unknown')
  })
  try {
    if (!(await file.stat()).isFile()) throw unreadable('it is no file')
    yield* file.readLines({ encoding: 'utf8', autoClose: false })
  } finally {
    await file.close()
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function endOf(value: unknown): Checkpoint | undefined {
  if (typeof value !== 'object' || value === null || !('end' in value)) return undefined
  return isCheckpoint(value.end) ? value.end : undefined
}

const texts = ['epoch', 'type', 'actor_kind', 'actor_id', 'target_kind', 'target_id', 'scopes_json', 'request_id']
const sealed = ['log_key_id', 'hash']
const optional = ['account_id', 'before_json', 'after_json', 'reason', 'personal_commitment']

function isEntry(value: unknown): value is LogEntryRow {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  return (
    [...texts, ...sealed].every((name) => typeof fields.get(name) === 'string') &&
    optional.every((name) => fields.get(name) === null || typeof fields.get(name) === 'string') &&
    ['number', 'at_ms'].every((name) => Number.isSafeInteger(fields.get(name)))
  )
}

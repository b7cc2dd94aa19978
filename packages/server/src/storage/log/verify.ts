import { type Kysely, sql } from 'kysely'
import type { LogSigner } from '../../crypto.ts'
import type { Checkpoint, LogVerification } from '../ports.ts'
import type { LogEntryRow, Schema } from '../schema.ts'
import { entryHash, genesisHash, personalCommitment } from './chain.ts'
import { type KnownCheckpoint, readCheckpoints } from './checkpoints.ts'
import { Faults } from './faults.ts'
import { judgeSuspects, type Suspect } from './suspects.ts'

const batchMax = 1_000

interface Bounds {
  readonly epoch: string
  readonly number: number
  readonly hash: string
  readonly first: number | null
  readonly last: number | null
}

type WalkedEntry = LogEntryRow & { readonly salt: string | null; readonly data_json: string | null }

type Progress = (done: number, total: number) => void

/** Walks the whole chain of the log and names every entry that was altered, removed or moved, as far as checkpoints reach also at its end. */
export async function verifyLog(
  read: Kysely<Schema>,
  signer: LogSigner,
  outside: readonly Checkpoint[],
  progress: Progress = () => {},
): Promise<LogVerification> {
  for (;;) {
    const prunedBefore = await prunedThrough(read)
    const verification = await walkOnce(read, signer, outside, progress)
    // Pruned while it was being walked: what went is no fault, and the walk begins anew.
    if (verification.faults.length === 0 || (await prunedThrough(read)) === prunedBefore) return verification
  }
}

async function prunedThrough(read: Kysely<Schema>): Promise<number | null> {
  const row = await read
    .selectFrom('log_checkpoints')
    .select(({ fn }) => fn.max('number').as('number'))
    .where('pruned', '=', 1)
    .executeTakeFirst()
  return row?.number ?? null
}

async function walkOnce(
  read: Kysely<Schema>,
  signer: LogSigner,
  outside: readonly Checkpoint[],
  progress: Progress,
): Promise<LogVerification> {
  const faults = new Faults()
  // Before the bounds, so that no checkpoint speaks of an entry that came after them.
  const { known, pruned } = await readCheckpoints(read, signer, outside, faults)
  const bounds = await readBounds(read)
  const walk = new Walk(signer, faults, known, pruned)
  const from = walk.next
  if (bounds.first !== null && bounds.first < from) {
    faults.add(bounds.first, `entries up to ${from - 1} were pruned, but this one is there`)
  }
  const total = Math.max(0, bounds.number - from + 1)
  for (let done = 0; ; ) {
    const entries = await readBatch(read, walk.next, bounds.number)
    for (const entry of entries) walk.visit(entry)
    done += entries.length
    progress(Math.min(done, total), total)
    if (entries.length < batchMax) break
  }
  walk.finish(bounds)
  return { entries: walk.entries, from, through: bounds.number, faults: faults.list() }
}

async function readBounds(read: Kysely<Schema>): Promise<Bounds> {
  const { rows } = await sql<Bounds>`
    select epoch, number, hash, (select min(number) from log_entries) as first, (select max(number) from log_entries) as last
    from log_head where id = 1`.execute(read)
  const [bounds] = rows
  if (bounds === undefined) throw new Error('the log has no head')
  return bounds
}

const readBatch = (read: Kysely<Schema>, from: number, through: number): Promise<WalkedEntry[]> =>
  read
    .selectFrom('log_entries')
    .leftJoin('log_personal', 'log_personal.number', 'log_entries.number')
    .selectAll('log_entries')
    .select(['log_personal.salt', 'log_personal.data_json'])
    .where('log_entries.number', '>=', from)
    .where('log_entries.number', '<=', through)
    .orderBy('log_entries.number')
    .limit(batchMax)
    .execute()

class Walk {
  /** The number that comes next. */
  next: number
  entries = 0
  readonly #signer: LogSigner
  readonly #faults: Faults
  readonly #known: ReadonlyMap<number, readonly KnownCheckpoint[]>
  readonly #suspects: Suspect[] = []
  /** The hashes that may stand before the next entry; empty after a gap, `undefined` before the first entry of all. */
  #previous: readonly string[] | undefined
  #last: LogEntryRow | undefined

  constructor(
    signer: LogSigner,
    faults: Faults,
    known: ReadonlyMap<number, readonly KnownCheckpoint[]>,
    pruned: KnownCheckpoint | undefined,
  ) {
    this.#signer = signer
    this.#faults = faults
    this.#known = known
    this.next = pruned === undefined ? 1 : pruned.number + 1
    this.#previous = pruned === undefined ? undefined : [pruned.hash]
  }

  visit(entry: WalkedEntry): void {
    if (entry.number > this.next) this.#gap(entry.number - 1)
    this.#checkChain(entry)
    this.#checkCheckpoints(entry)
    this.#checkPersonal(entry)
    this.entries++
    this.next = entry.number + 1
    this.#last = entry
  }

  finish(bounds: Bounds): void {
    judgeSuspects(this.#signer, this.#suspects, this.#faults)
    // A log begins with the entry of its installation: one without any was emptied.
    if (bounds.number === 0) this.#faults.add(1, 'the entry is missing: the log is empty')
    if (this.next <= bounds.number) this.#gap(bounds.number)
    if (bounds.last !== null && bounds.last > bounds.number) {
      this.#faults.add(bounds.number + 1, `the head of the log says that it ends at ${bounds.number}`)
    }
    const last = this.#last
    if (last !== undefined && last.number === bounds.number && !this.#faults.has(last.number)) {
      const same = last.hash === bounds.hash && last.epoch === bounds.epoch
      if (!same) this.#faults.add(bounds.number, 'the head of the log was altered: it does not match its last entry')
    }
    for (const [number, checkpoints] of this.#known) {
      if (number <= bounds.number) continue
      const [checkpoint] = checkpoints
      const fault = `the entry is missing: the log ends at ${bounds.number}, but ${checkpoint?.origin} checkpoint saw entry ${number}`
      this.#faults.addMissing(bounds.number + 1, number, fault)
    }
  }

  #gap(last: number): void {
    this.#faults.addMissing(this.next, last, 'the entry is missing, so that the one after the gap cannot be checked')
    this.#previous = []
  }

  #checkChain(entry: LogEntryRow): void {
    if (!this.#signer.knows(entry.log_key_id)) {
      this.#faults.add(entry.number, `the entry is chained under log key ${entry.log_key_id}, which was not given`)
      this.#previous = [entry.hash]
      return
    }
    const previous = this.#previous ?? [genesisHash(this.#signer, entry.log_key_id, entry.epoch)]
    const hashes = previous.map((hash) => entryHash(this.#signer, hash, entry))
    const whole = previous.length === 0 || hashes.includes(entry.hash)
    if (!whole) this.#suspects.push({ entry, previous })
    // Where only the hash was altered, the next entry follows from what it should have been.
    this.#previous = whole ? [entry.hash] : [entry.hash, ...hashes]
  }

  #checkCheckpoints(entry: LogEntryRow): void {
    for (const { epoch, hash, origin } of this.#known.get(entry.number) ?? []) {
      if (hash === entry.hash) continue
      this.#faults.add(
        entry.number,
        epoch === entry.epoch
          ? `the entry is not the one that ${origin} checkpoint saw`
          : `the log was restored to before this entry, which ${origin} checkpoint saw in an earlier epoch`,
      )
    }
  }

  #checkPersonal({ number, personal_commitment, salt, data_json }: WalkedEntry): void {
    if (salt === null || data_json === null) return
    if (personal_commitment === personalCommitment(salt, data_json)) return
    const suspect = this.#suspects.at(-1)?.entry.number === number
    if (!suspect) this.#faults.add(number, 'the personal data beside the entry was altered')
  }
}

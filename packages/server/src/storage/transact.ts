import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CompiledQuery, type ControlledTransaction, type Kysely, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'

/** What became of a change: its result, and whether its rows are kept. */
export interface Outcome<Result> {
  readonly result: Result
  readonly keep: boolean
}

export type Change<Result> = (database: Transaction<Schema>) => Promise<Outcome<Result>>

/** Runs a change in a transaction of its own or beside others; resolves when it is durable, or rolled back. */
export type Transact = <Result>(change: Change<Result>) => Promise<Result>

const groupMax = 64
const inside = new AsyncLocalStorage<true>()

/** The way to transactions of a database: side by side where rows can be locked, else one after the other. */
export function transactOn({ write, capabilities }: Pick<Database, 'write' | 'capabilities'>): Transact {
  const run: Transact = capabilities.rowLocks ? sideBySide(write) : inGroups(write)
  return async (change) => {
    if (inside.getStore()) throw new Error('a change cannot contain another one: it would wait for itself')
    return await run((database) => inside.run(true, () => change(database)))
  }
}

const sideBySide =
  (database: Kysely<Schema>): Transact =>
  async (change) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await runOnce(await beginOn(database), change)
      } catch (error) {
        if (attempt === attemptsMax || !isWorthRepeating(error)) throw error
      }
    }
  }

const attemptsMax = 3

/**
 * Nothing of the transaction is left: the database ended one of two that waited for each other crosswise, or a statement was prepared for
 * columns of before a migration.
 */
const isWorthRepeating = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['40P01', '40001', '0A000'].includes(String(error.code))

/** A connection that broke while it was idle is found out here, where nothing has happened yet: another one is tried. */
async function beginOn(database: Kysely<Schema>): Promise<ControlledTransaction<Schema>> {
  const begin = () => database.startTransaction().setIsolationLevel('read committed').execute()
  return await begin().catch(begin)
}

async function runOnce<Result>(transaction: ControlledTransaction<Schema>, change: Change<Result>): Promise<Result> {
  try {
    const { result, keep } = await change(transaction)
    await (keep ? transaction.commit() : transaction.rollback()).execute()
    return result
  } catch (error) {
    await rollBack(transaction)
    throw error
  }
}

interface Job {
  readonly change: Change<unknown>
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * One writer. Changes that wait at the same time share one transaction, hence one flush to the disk, each within a savepoint of its own: it sees
 * those before it, fails alone, and is answered after the common commit. If the commit fails, all of them failed. One that waits alone needs no
 * savepoint.
 */
function inGroups(database: Kysely<Schema>): Transact {
  const queue: Job[] = []
  let draining = false

  const drain = async (): Promise<void> => {
    draining = true
    while (queue.length > 0) {
      // Whoever arrived while the disk was busy joins the group.
      await nextTurn()
      await commitGroup(database, queue.splice(0, groupMax))
    }
    draining = false
  }

  return (change) =>
    new Promise((resolve, reject) => {
      queue.push({ change, resolve: resolve as (result: never) => void, reject })
      if (!draining) void drain()
    })
}

type Settle = () => void

async function commitGroup(database: Kysely<Schema>, jobs: readonly Job[]): Promise<void> {
  let transaction: ControlledTransaction<Schema> | undefined
  try {
    transaction = await database.startTransaction().execute()
    const settles: Settle[] = []
    let kept = 0
    const run = jobs.length === 1 ? runAlone : runInSavepoint
    for (const job of jobs) {
      const { settle, keep } = await run(transaction, job)
      settles.push(settle)
      if (keep) kept++
    }
    await (kept > 0 ? transaction.commit() : transaction.rollback()).execute()
    for (const settle of settles) settle()
  } catch (error) {
    for (const { reject } of jobs) reject(error)
    await rollBack(transaction)
  }
}

/** What a change came to: whether its rows are kept, and how it is answered once that is certain. */
interface Ran {
  readonly settle: Settle
  readonly keep: boolean
}

async function runAlone(transaction: ControlledTransaction<Schema>, { change, resolve, reject }: Job): Promise<Ran> {
  try {
    const { result, keep } = await change(transaction)
    return { settle: () => resolve(result as never), keep }
  } catch (error) {
    return { settle: () => reject(error), keep: false }
  }
}

const begin = CompiledQuery.raw('savepoint change')
const undo = CompiledQuery.raw('rollback to change')
const end = CompiledQuery.raw('release change')

async function runInSavepoint(transaction: ControlledTransaction<Schema>, job: Job): Promise<Ran> {
  await transaction.executeQuery(begin)
  const ran = await runAlone(transaction, job)
  if (!ran.keep) await transaction.executeQuery(undo)
  await transaction.executeQuery(end)
  return ran
}

async function rollBack(transaction: ControlledTransaction<Schema> | undefined): Promise<void> {
  if (transaction === undefined || transaction.isCommitted || transaction.isRolledBack) return
  try {
    await transaction.rollback().execute()
  } catch {
    // The database had already rolled back by itself (a full disk, for one); everybody was told why.
  }
}

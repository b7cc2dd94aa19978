import type { Soon } from '@keywright/core'
import type { CompiledQuery, Kysely, RawBuilder } from 'kysely'
import type { Capabilities } from './context.ts'
import type { Schema } from './schema.ts'

/** What the storage asks of a database, beyond what every resource may ask. */
export interface DatabaseCapabilities extends Capabilities {
  /** The column type of whole numbers up to 2^53. */
  readonly wholeNumber: string
  /** The column type of text, compared by its bytes. */
  readonly text: string
  /** What ends a table's definition. */
  readonly tableEnd: string
  /** The same for a table whose rows lie in the order of its primary key. */
  readonly tableByPrimaryKeyEnd: string
  /** Triggers call stored functions instead of carrying statements. */
  readonly triggerFunctions: boolean
  /** The time of the database itself in SQL, epoch milliseconds; `null`: it has that of the process. */
  readonly ownTime: RawBuilder<number> | null
  /** Tables can be split by time, so that what is old goes as a whole. */
  readonly partitions: boolean
  /** A transaction can tell other processes of it at its commit. */
  readonly announces: boolean
}

/** Values of the open places of a prepared statement, by name. */
export type StatementValues = Readonly<Record<string, string | number | null>>

/** A statement that was compiled once. Running it sees one committed snapshot; a database in this process answers at once. */
export interface Statement<Row> {
  all(values: StatementValues): Soon<readonly Row[]>
}

/** A row as the values of its columns, in their order. */
export type ListRow = readonly unknown[]

/** What a prepared statement is for: facts of a key, or the proof that memory is fresh, which nothing else may hold up. */
export type StatementUse = 'facts' | 'proof'

/** Hears what is announced. */
export interface Listener {
  heard(text: string): void
  /** Whatever was announced before was lost. */
  connected(): void
}

/** A process that listens. */
export interface Listening {
  close(): Promise<void>
}

/** One open database. */
export interface Database {
  readonly capabilities: DatabaseCapabilities
  /** Sees what is committed, and cannot write. */
  readonly read: Kysely<Schema>
  readonly write: Kysely<Schema>
  /** Compiles a statement of the check path once; its open places are `place('name')`. */
  prepare<Row extends object>(query: RawBuilder<Row>, use?: StatementUse): Statement<Row>
  /** The same for facts of keys, of which there are many: rows as lists are half as dear. */
  prepareLists<Row extends ListRow>(query: RawBuilder<unknown>): Statement<Row>
  /** Listens for what other processes announce; absent where there are none. */
  readonly listen?: (listener: Listener) => Listening
  /** Copies the committed state into a new file. */
  readonly backup: ((path: string) => Promise<void>) | undefined
  close(): Promise<void>
}

class Place {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** An open place of a prepared statement. */
export const place = (name: string): unknown => new Place(name)

/** How the parameters of a compiled query follow from the values of its open places. */
export function binder(compiled: CompiledQuery): (values: StatementValues) => (string | number | null)[] {
  const parameters = compiled.parameters
  return (values) =>
    parameters.map((parameter) => {
      if (!(parameter instanceof Place)) return parameter as string | number | null
      const value = values[parameter.name]
      if (value === undefined) throw new Error(`no value for the place ${parameter.name}`)
      return value
    })
}

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
} from 'kysely'
import { type FactorRows, factorRowsOf } from './factor-rows.ts'
import type { Store } from './open-store.ts'
import { type PasswordRows, passwordRowsOf } from './password-rows.ts'
import { type PersonRows, personRowsOf } from './person-rows.ts'
import type { Schema } from './schema.ts'
import { type SessionRows, sessionRowsOf } from './session-rows.ts'

/** What `people/` is given of the storage: the sign-in library's own access, and the rows that it reads and writes by itself. */
export interface SignInDatabase {
  /** As the library takes it. Moments are text and flags numbers on every database, hence the type. */
  readonly library: { readonly db: Kysely<Schema>; readonly type: 'sqlite'; readonly transaction: false }
  readonly people: PersonRows
  readonly sessions: SessionRows
  readonly passwords: PasswordRows
  readonly factors: FactorRows
}

/** The sign-in tables of an open store. */
export const signInDatabase = (store: Store): SignInDatabase => ({
  library: { db: new Kysely<Schema>({ dialect: throughStore(store) }), type: 'sqlite', transaction: false },
  people: personRowsOf(store.context),
  sessions: sessionRowsOf(store.context),
  passwords: passwordRowsOf(store.context),
  factors: factorRowsOf(store.context),
})

/**
 * A dialect whose reads are the store's reads and whose every other statement is a change of its own: an embedded database has one writer, and
 * a second one would wait for it while it waits.
 */
function throughStore(store: Store): Dialect {
  const base = store.read.getExecutor()
  const connection: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
      if (query.query.kind === 'SelectQueryNode') return await store.read.executeQuery<Row>(query as CompiledQuery<Row>)
      return await store.transact(async (database) => ({
        result: await database.executeQuery<Row>(query as CompiledQuery<Row>),
        keep: true,
      }))
    },
    streamQuery: () => {
      throw new Error('nothing streams: an open cursor pins an old snapshot')
    },
  }
  const refuse = async (): Promise<never> => {
    throw new Error('the sign-in library has no transactions of its own')
  }
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: async () => {},
  }
  return {
    createAdapter: () => base.adapter,
    createDriver: () => driver,
    createIntrospector: () => {
      throw new Error('migrations alone look at the schema')
    },
    createQueryCompiler: () => ({ compileQuery: (node, queryId) => base.compileQuery(node, queryId) }),
  }
}

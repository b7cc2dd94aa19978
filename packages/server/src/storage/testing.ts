import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { type KeywrightConfig, type ResolvedConfig, validateConfig } from '@keywright/core'
import pg from 'pg'
import type { Clock } from '../clock.ts'
import { logKeysOf, peppersOf } from '../crypto.ts'
import type { Database } from './database.ts'
import { openStore, type Store, type StoreParts } from './open-store.ts'
import { openPGlite } from './pglite.ts'
import type { Applied, Caller, Storage } from './ports.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import { storageOf } from './storage.ts'

/** The databases that every contract is tried on. */
export const testDatabases = ['sqlite', 'pglite', 'postgres'] as const
export type TestDatabaseKind = (typeof testDatabases)[number]

/** A clock that stands still until it is moved, at 20 November 2026, noon. */
export interface TestClock extends Clock {
  /** Moves both hands by so many milliseconds. */
  advance(ms: number): void
}

/** Makes a clock for a test. */
export function testClock(startMs: number = Date.UTC(2026, 10, 20, 12)): TestClock {
  let passedMs = 0
  return {
    wallMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    advance: (ms) => {
      passedMs += ms
    },
  }
}

/** Bytes that look random and are the same at each run; two sources with one seed give the same bytes. */
export function testRandomBytes(seed = 1): (length: number) => Uint8Array {
  let state = seed
  return (length) =>
    Uint8Array.from({ length }, () => {
      // The mulberry32 generator: enough for tests, nothing else.
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) & 255
    })
}

/** A small valid configuration: two types, two environments, two resources, three presets. */
export const testSource: KeywrightConfig = {
  product: { name: 'Example' },
  types: [
    { id: 'secret', prefix: 'exa', label: 'Secret key', audiences: ['api'] },
    { id: 'ingest', prefix: 'exi', label: 'Ingest key', audiences: ['ingest'] },
  ],
  defaultType: 'secret',
  environments: [
    { id: 'live', label: 'Live' },
    { id: 'test', tag: 'test', label: 'Test' },
  ],
  defaultEnvironment: 'live',
  resources: [
    {
      id: 'jobs',
      label: 'Jobs',
      verbs: ['view', 'create', 'delete'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['view'] },
        { id: 'write', label: 'Write', verbs: ['view', 'create', 'delete'] },
      ],
    },
    {
      id: 'calls',
      label: 'Calls',
      verbs: ['view', 'create'],
      levels: [{ id: 'read', label: 'Read', verbs: ['view'] }],
    },
  ],
  presets: [
    { id: 'read-only', label: 'Read only', grant: { jobs: 'read', calls: 'read' } },
    { id: 'jobs-only', label: 'Jobs only', grant: { jobs: 'write' } },
    { id: 'full', label: 'Full access', grant: 'unrestricted' },
  ],
  grants: { unrestricted: 'offered', default: 'read-only' },
}

/** The checked configuration of a source; throws where it is not valid. */
export function testConfig(source: KeywrightConfig = testSource): ResolvedConfig {
  const outcome = validateConfig(source)
  if (!outcome.ok) throw new Error(outcome.errors.map((error) => JSON.stringify(error)).join('\n'))
  return outcome.config
}

/** An operator who changes something in a test. */
export const testOperator: Caller = { actor: { kind: 'operator', id: 'operator-1' }, requestId: 'request-1' }

/** One pepper and one log key, always the same. */
export const testPeppers = peppersOf(new Uint8Array(32).fill(7))
export const testLogKeys = logKeysOf(new Uint8Array(32).fill(9))

export interface TestDatabase {
  readonly database: Database
  /** Closes it and removes what it left. */
  close(): Promise<void>
}

/** An empty SQLite file in a folder of its own. */
export function openTestSqlite(): TestDatabase & { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-'))
  const path = join(folder, 'keywright.db')
  const database = openSqlite(path)
  return {
    database,
    folder,
    path,
    close: async () => {
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

let sharedPGlite: PGlite | undefined

/** An empty PostgreSQL schema. One instance serves a whole test file, since starting one takes a second or two. */
async function openTestPGlite(): Promise<TestDatabase> {
  sharedPGlite ??= await PGlite.create()
  await sharedPGlite.exec('drop schema public cascade; create schema public')
  const database = openPGlite(sharedPGlite)
  return { database, close: () => database.close() }
}

let ownPostgres: Promise<{ readonly url: string; readonly client: pg.Client }> | undefined

/** The test file's own database on the server that was started for the run. */
async function makeOwnPostgres() {
  const server = process.env['KEYWRIGHT_TEST_POSTGRES_URL']
  if (server === undefined) throw new Error('no PostgreSQL server was started for the tests')
  const name = `keywright_test_${process.pid}_${randomBytes(4).toString('hex')}`
  const maker = new pg.Client({ connectionString: server })
  await maker.connect()
  await maker.query(`create database ${name}`)
  await maker.end()
  const url = Object.assign(new URL(server), { pathname: name }).href
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return { url, client }
}

/** An empty schema on a real PostgreSQL server, and its address. Unless it is asked for its own time, the store's time is that of the node. */
export async function openTestPostgres(
  options: PostgresOptions = { time: 'node' },
): Promise<TestDatabase & { readonly url: string }> {
  ownPostgres ??= makeOwnPostgres()
  const { url, client } = await ownPostgres
  await client.query('set client_min_messages = warning; drop schema public cascade; create schema public')
  const database = openPostgres(url, options)
  return { database, url, close: () => database.close() }
}

/** An empty database of a kind. */
export async function openTestDatabase(kind: TestDatabaseKind): Promise<TestDatabase> {
  if (kind === 'sqlite') return openTestSqlite()
  return kind === 'pglite' ? await openTestPGlite() : await openTestPostgres()
}

export interface TestOptions {
  readonly kind: TestDatabaseKind
  readonly config?: ResolvedConfig | (() => ResolvedConfig)
  readonly clock?: Clock
  readonly applied?: Applied
  readonly randomBytes?: (length: number) => Uint8Array
}

const partsOf = (database: Database, options: TestOptions): StoreParts => {
  const config = options.config ?? testConfig()
  return {
    database,
    clock: options.clock ?? testClock(),
    randomBytes: options.randomBytes ?? testRandomBytes(),
    peppers: testPeppers,
    logKeys: testLogKeys,
    config: typeof config === 'function' ? config : () => config,
    applied: options.applied ?? (async () => {}),
  }
}

/** An open store on an empty database: the context that resources are made from. */
export async function openTestStore(options: TestOptions): Promise<Store & { close(): Promise<void> }> {
  const { database, close } = await openTestDatabase(options.kind)
  const store = await openStore(partsOf(database, options))
  return { ...store, close }
}

/** The whole storage on an empty database; its `close` also removes what the database left. */
export async function openTestStorage(options: TestOptions): Promise<Storage> {
  const store = await openTestStore(options)
  return { ...storageOf(store), close: () => store.close() }
}

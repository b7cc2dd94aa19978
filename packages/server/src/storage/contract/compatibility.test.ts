import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { StartError } from '../../start-error.ts'
import { headReader } from '../log/head.ts'
import { migrate } from '../migrate.ts'
import { migrations } from '../migrations/all.ts'
import type { Migration } from '../migrations/migration.ts'
import { openStore } from '../open-store.ts'
import { schemaFits } from '../schema-versions.ts'
import { StoreUnavailableError } from '../store-unavailable.ts'
import { testConfig, testLogKeys, testOperator, testPeppers, testRandomBytes } from '../testing.ts'
import { accountEvent, type Parts } from './parts.ts'
import { contractSuite } from './suite.ts'

const known = migrations.length

/** A step of a release that this program does not know. */
const step = (name: string, compatibleFrom: number, statement = `create table ${name} (id integer)`): Migration => ({
  name,
  compatibleFrom,
  up: async (database) => void (await sql.raw(statement).execute(database)),
})

const adding = step('adding', known, 'alter table accounts add column later_text text')
const alsoAdding = step('also_adding', known - 1)
const changing = step('changing', known + 1)

/** This program, started once more on the same database. */
const startAgain = ({ store, clock }: Parts) =>
  openStore({
    database: store.database,
    clock,
    randomBytes: testRandomBytes(2),
    peppers: testPeppers,
    logKeys: testLogKeys,
    config: () => testConfig(),
    applied: async () => {},
  })

const headOf = ({ store, clock }: Parts) => headReader(store.database, store.log.signer, clock)

contractSuite('a schema of a newer release', (open) => {
  it('that its steps let this one use is served on, by those that run and those that start', async () => {
    const parts = await open()
    const head = headOf(parts)
    const before = await head(null)
    expect(await migrate(parts.store.database, 1, [...migrations, adding, alsoAdding])).toEqual([
      'adding',
      'also_adding',
    ])
    await parts.write(testOperator, async ({ append }) => append(accountEvent('acc_1')))
    expect((await head(before.position)).changes).toHaveLength(1)
    expect(await schemaFits(parts.store.read)).toBe(true)
    expect(await migrate(parts.store.database, 1)).toEqual([])
    const again = await startAgain(parts)
    await again.context.write(testOperator, async ({ append }) => append(accountEvent('acc_2')))
    expect((await head(before.position)).changes).toHaveLength(2)
  })

  it('that this one would misread is refused: at the start, and by whoever runs at the next proof and the next change', async () => {
    const parts = await open()
    const head = headOf(parts)
    const before = await head(null)
    await migrate(parts.store.database, 1, [...migrations, changing])
    await expect(startAgain(parts)).rejects.toThrow(StartError)
    await expect(migrate(parts.store.database, 1)).rejects.toThrow(
      `schema version ${known + 1}, made by a newer Keywright, and this one knows versions up to ${known};`,
    )
    await expect(head(before.position)).rejects.toThrow('start this node with the newer one')
    const change = parts.write(testOperator, async ({ append }) => append(accountEvent('acc_1')))
    await expect(change).rejects.toBeInstanceOf(StoreUnavailableError)
    expect(await parts.read.selectFrom('log_entries').select('number').execute()).toHaveLength(1)
    expect(await schemaFits(parts.store.read)).toBe(false)
  })

  it('stays refused when later steps would be compatible, and where a step does not say what it is', async () => {
    const parts = await open()
    await migrate(parts.store.database, 1, [...migrations, changing, step('later', known)])
    await expect(startAgain(parts)).rejects.toThrow(StartError)
    await sql`update schema_versions set compatible_from = null where version > ${sql.lit(known)}`.execute(
      parts.store.database.write,
    )
    await expect(startAgain(parts)).rejects.toThrow(StartError)
    await sql`update schema_versions set compatible_from = ${sql.lit(known)} where version > ${sql.lit(known)}`.execute(
      parts.store.database.write,
    )
    await expect(startAgain(parts)).resolves.toBeDefined()
  })

  it('is noted also where versions were first noted without what they are compatible with', async () => {
    const parts = await open()
    const { write, read } = parts.store.database
    await sql`alter table schema_versions drop column compatible_from`.execute(write)
    await sql`insert into schema_versions (version, name, applied_at_ms) values (${sql.lit(known + 1)}, 'later', 0)`.execute(
      write,
    )
    await expect(migrate(parts.store.database, 1)).rejects.toThrow(StartError)
    await sql`delete from schema_versions where version > ${sql.lit(known)}`.execute(write)
    expect(await migrate(parts.store.database, 1, [...migrations, adding])).toEqual(['adding'])
    const { rows } =
      await sql`select version, compatible_from from schema_versions order by version desc limit 1`.execute(read)
    expect(rows).toEqual([{ version: known + 1, compatible_from: known }])
  })
})

it('every step says with which version it is compatible, and with none later than itself', () => {
  for (const [index, { name, compatibleFrom }] of migrations.entries()) {
    expect(compatibleFrom, name).toBeGreaterThanOrEqual(1)
    expect(compatibleFrom, name).toBeLessThanOrEqual(index + 1)
  }
})

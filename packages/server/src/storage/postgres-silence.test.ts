import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { openPostgres } from './postgres.ts'
import { StoreUnavailableError } from './store-unavailable.ts'
import { startPostgres } from './testing-postgres.ts'
import { startTcpProxy } from './testing-proxy.ts'

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])(
  'connections that have gone silent',
  { timeout: 120_000 },
  () => {
    const closing: (() => unknown)[] = []
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close()
    })

    it('are found out by the proof, given up with what waits on them, not used again, and do not hold up the end', async () => {
      const postgres = await startPostgres()
      closing.push(() => postgres.stop())
      const proxy = await startTcpProxy(postgres.port)
      closing.push(() => proxy.close())
      const database = openPostgres(`postgres://postgres@127.0.0.1:${proxy.port}/postgres`)
      const proof = database.prepare(sql<{ readonly one: number }>`select 1 as one`, 'proof')
      const facts = database.prepare(sql<{ readonly one: number }>`select 1 as one`)
      const read = () => sql`select 1`.execute(database.read)
      await Promise.all([proof.all({}), facts.all({}), facts.all({}), read(), read(), read()])

      proxy.swallow()
      const waits = read()
      waits.catch(() => {})
      await expect(proof.all({})).rejects.toThrow()
      proxy.pass()
      const passedMs = performance.now()
      await expect.poll(() => Promise.resolve(proof.all({})).catch(() => []), { timeout: 5_000 }).toHaveLength(1)
      for (const ask of [read, read, () => facts.all({}), () => facts.all({})]) await ask()
      await expect(waits).rejects.toBeInstanceOf(StoreUnavailableError)
      expect(performance.now() - passedMs).toBeLessThan(5_000)

      // Nobody says farewell on the other side.
      proxy.swallow()
      const endingMs = performance.now()
      await database.close()
      expect(performance.now() - endingMs).toBeLessThan(5_000)
    })
  },
)

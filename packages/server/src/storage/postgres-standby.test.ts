import { afterEach, describe, expect, it } from 'vitest'
import { headReader } from './log/head.ts'
import { openStore } from './open-store.ts'
import { openPostgres } from './postgres.ts'
import { testClock, testConfig, testLogKeys, testPeppers, testRandomBytes } from './testing.ts'
import { startPostgres, startStandby } from './testing-postgres.ts'

describe.skipIf(!process.env['KEYWRIGHT_TEST_POSTGRES'])('a PostgreSQL server with a standby', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  it('T7: proves nothing once its standby was promoted in its place, although it still answers reads', async () => {
    const primary = await startPostgres('synchronous_standby_names=second')
    closing.push(() => primary.stop())
    const standby = await startStandby(primary, 'second')
    closing.push(() => standby.stop())
    const database = openPostgres(primary.url('postgres'))
    closing.push(() => database.close())
    const store = await openStore({
      database,
      clock: testClock(),
      randomBytes: testRandomBytes(),
      peppers: testPeppers,
      logKeys: testLogKeys,
      config: () => testConfig(),
      applied: async () => {},
    })
    const head = headReader(database, store.log.signer, store.clock)
    expect((await head(null)).position.number).toBe(1)

    await standby.run('select pg_promote(true)')
    await expect(head(null)).rejects.toThrow()
    expect(await store.read.selectFrom('log_head').select('number').execute()).toEqual([{ number: 1 }])

    // Where nobody has to confirm any more, since the operator said so, it proves again.
    await primary.signal('SIGQUIT')
    await primary.restart('synchronous_standby_names=')
    await expect
      .poll(
        () =>
          head(null).then(
            ({ position }) => position.number,
            () => 0,
          ),
        { timeout: 5_000 },
      )
      .toBe(1)
  })
})

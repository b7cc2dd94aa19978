import { expect, test } from 'vitest'
import { forgetSignIns } from './forget-sign-ins.ts'
import { openTestStore, testDatabases } from './testing.ts'

test.each(testDatabases)('no session and no link of a backup works after it was restored, on %s', async (kind) => {
  const store = await openTestStore({ kind })
  try {
    const moment = '2026-11-20T12:00:00.000Z'
    await store.transact(async (database) => {
      const person = { id: 'per_1', name: 'Ada', email: 'ada@example.com', email_verified: 1, suspended: 0 }
      await database
        .insertInto('people')
        .values({
          ...person,
          image: null,
          language: null,
          two_factor_enabled: 0,
          created_at: moment,
          updated_at: moment,
        })
        .execute()
      const session = { id: 'ses_1', person_id: 'per_1', token: 'example', expires_at: moment, created_at: moment }
      await database
        .insertInto('sessions')
        .values({ ...session, updated_at: moment, network: null, user_agent: null, proved_at_ms: 1 })
        .execute()
      return { result: null, keep: true }
    })
    await forgetSignIns(store.transact)
    expect(await store.read.selectFrom('sessions').select('id').execute()).toEqual([])
    expect(await store.read.selectFrom('people').select('id').execute()).toEqual([{ id: 'per_1' }])
  } finally {
    await store.close()
  }
})

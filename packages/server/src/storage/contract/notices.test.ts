import { expect, it } from 'vitest'
import type { LeasedMail, NoticeRecord } from '../ports-outbox.ts'
import { testOperator } from '../testing.ts'
import { accepted, allActions, configWith, openWorld, refusal, type World } from './resources.ts'
import { contractSuite, type Open } from './suite.ts'

const roles = [
  { id: 'admin', label: 'Admin', may: ['view', 'revoke'] as const, managesMembers: true },
  { id: 'reader', label: 'Reader', may: ['view'] as const },
]
const config = configWith({ roles, actions: allActions, rotation: { dueAfterDays: 60 } })
const dayMs = 86_400_000

interface ToldWorld extends World {
  /** Adds a person who is a member, and answers both ids. */
  person(name: string, role?: string): Promise<{ readonly personId: string; readonly memberId: string }>
  readAll(mail?: boolean): Promise<void>
  /** Looks at all keys. */
  remindAll(): Promise<void>
  notices(): Promise<readonly NoticeRecord[]>
  mails(): Promise<readonly LeasedMail[]>
}

async function openTold(open: Open): Promise<ToldWorld> {
  const world = await openWorld(open, { config })
  const { storage, accountId, store } = world
  await storage.outbox.begin()
  const person = async (name: string, role = 'admin') => {
    const personId = `per_${name}`
    await store.context.write(testOperator, async ({ database }) => {
      await database
        .insertInto('people')
        .values({
          id: personId,
          name,
          email: `${name.toLowerCase()}@example.com`,
          email_verified: 1,
          image: null,
          language: name === 'Fleur' ? 'fr' : null,
          suspended: 0,
          two_factor_enabled: 0,
          created_at: '2026-11-20T12:00:00.000Z',
          updated_at: '2026-11-20T12:00:00.000Z',
        })
        .execute()
    })
    const member = accepted(await storage.members.create(testOperator, accountId, { role, personId, name }))
    return { personId, memberId: member.id }
  }
  return {
    ...world,
    person,
    readAll: async (mail = true) => {
      while (await storage.outbox.readLog(mail)) {}
    },
    remindAll: async () => {
      for (let after: string | null = null; ; ) {
        after = await storage.outbox.remind(after, true)
        if (after === null) return
      }
    },
    notices: async () => accepted(await storage.notices.list(accountId, {})).items,
    mails: async () => {
      const taken: LeasedMail[] = []
      for (;;) {
        const mail = await storage.outbox.leaseMail(60_000)
        if (mail === null) return taken
        taken.push(mail)
      }
    },
  }
}

contractSuite('notices', (open) => {
  it('tell an account that keys were created, rotated and revoked, newest first, and nobody else', async () => {
    const world = await openTold(open)
    const { storage, key, clock, account, readAll, notices } = world
    const made = await key({ name: 'Deploy' })
    clock.advance(1_000)
    accepted(await storage.keys.rotate(testOperator, made.id, { overlapSeconds: 0 }))
    clock.advance(1_000)
    accepted(await storage.keys.change(testOperator, made.id, 'revoke'))
    await readAll()
    await readAll()
    const told = await notices()
    expect(told.filter(({ keyId }) => keyId === made.id).map(({ kind }) => kind)).toEqual([
      'key.revoked',
      'key.rotated',
      'key.created',
    ])
    expect(told[0]).toMatchObject({ keyName: 'Deploy', days: null, mailed: false })
    expect(accepted(await storage.notices.list(await account(), {})).items).toEqual([])
    expect(refusal(await storage.notices.list('acc_00000000000000000000', {}))).toBe('account_not_found')
    // The name goes with the key.
    accepted(await storage.keys.change(testOperator, made.id, 'delete'))
    expect((await notices())[0]).toMatchObject({ keyId: made.id, keyName: null })
  })

  it('of what time brings come once for each key and threshold, and not for keys that no longer work', async () => {
    const world = await openTold(open)
    const { storage, key, clock, readAll, remindAll, notices } = world
    const nowMs = clock.wallMs()
    const ending = await key({ name: 'Ending', expiresAtMs: nowMs + 20 * dayMs })
    const revoked = await key({ name: 'Revoked', expiresAtMs: nowMs + 20 * dayMs })
    accepted(await storage.keys.change(testOperator, revoked.id, 'revoke'))
    const lasting = await key({ name: 'Lasting' })
    await readAll()
    const before = (await notices()).length
    const expected = new Map<string, readonly (number | null)[]>()
    for (let day = 0; day <= 100; day++) {
      await remindAll()
      await remindAll()
      clock.advance(dayMs)
    }
    const told = (await notices()).slice(0, -before)
    for (const { kind, keyId, days } of told)
      expected.set(`${kind} ${keyId}`, [...(expected.get(`${kind} ${keyId}`) ?? []), days])
    expect(Object.fromEntries(expected)).toEqual({
      [`key.expiring ${ending.id}`]: [1, 7, 14],
      [`key.rotation_due ${lasting.id}`]: [60],
      [`key.unused ${lasting.id}`]: [90],
    })
  })

  it('are mailed to active members who may revoke and to the owner of a personal key, in one mail for what happens together', async () => {
    const world = await openTold(open)
    const { storage, accountId, person, key, clock, readAll, mails, notices } = world
    const ada = await person('Ada')
    const fleur = await person('Fleur', 'reader')
    const gone = await person('Gone')
    accepted(await storage.members.update(testOperator, accountId, gone.memberId, { state: 'suspended' }))
    await key({ name: 'Service' })
    await key({ name: 'Personal', owner: fleur.memberId })
    await readAll()
    expect(await mails()).toEqual([])
    clock.advance(30_000)
    const sent = await mails()
    const shown = sent.map(({ to, notices: told }) => [
      to.email,
      to.language,
      told.map(({ keyName }) => String(keyName)).sort(),
    ])
    expect(shown.sort(([one], [other]) => String(one).localeCompare(String(other)))).toEqual([
      ['ada@example.com', null, ['Personal', 'Service']],
      ['fleur@example.com', 'fr', ['Personal']],
    ])
    expect(ada.personId).toBe('per_Ada')
    for (const mail of sent) await storage.outbox.finishMail(mail, 'sent', 0)
    expect((await notices()).every(({ mailed }) => mailed)).toBe(true)
    clock.advance(dayMs)
    expect(await mails()).toEqual([])
  })

  it('T10: whoever may no longer read them when the mail goes gets none', async () => {
    const world = await openTold(open)
    const { storage, accountId, person, key, clock, readAll, mails } = world
    await person('Ada')
    const leaving = await person('Leaving')
    const demoted = await person('Demoted')
    await key()
    await readAll()
    await storage.members.delete(testOperator, accountId, leaving.memberId)
    accepted(await storage.members.update(testOperator, accountId, demoted.memberId, { role: 'reader' }))
    clock.advance(30_000)
    expect((await mails()).map(({ to }) => to.email)).toEqual(['ada@example.com'])
  })

  it('a mail that is not taken is tried again for three days; without mail there are notices only', async () => {
    const world = await openTold(open)
    const { storage, person, key, clock, readAll, mails } = world
    await person('Ada')
    await key()
    await readAll(false)
    clock.advance(dayMs)
    expect(await mails()).toEqual([])
    await key()
    await readAll()
    let tries = 0
    for (const startMs = clock.wallMs(); clock.wallMs() - startMs < 5 * dayMs; clock.advance(600_000)) {
      const [mail] = await mails()
      if (mail === undefined) continue
      tries++
      await storage.outbox.finishMail(mail, 'later', 0)
    }
    expect(tries).toBe(10)
  })

  it('a mail that is refused for good is not tried again; its notice stays', async () => {
    const world = await openTold(open)
    const { storage, person, key, clock, readAll, mails, notices } = world
    await person('Ada')
    await key()
    await readAll()
    clock.advance(30_000)
    for (const mail of await mails()) await storage.outbox.finishMail(mail, 'never', 0)
    clock.advance(dayMs)
    expect(await mails()).toEqual([])
    expect((await notices()).map(({ mailed }) => mailed)).toEqual([false])
  })

  it('are gone after ninety days', async () => {
    const world = await openTold(open)
    const { storage, key, clock, readAll, notices } = world
    await key()
    await readAll()
    clock.advance(90 * dayMs - 1)
    await storage.outbox.sweep()
    expect(await notices()).toHaveLength(1)
    clock.advance(1)
    await storage.outbox.sweep()
    expect(await notices()).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { codes } from '../decision.ts'
import { accountFacts, keyFacts, newText, scriptedEngine, settle } from './testing.ts'

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise

describe('hit and miss', () => {
  test('a key in a fresh memory is answered at once, not by a promise', async () => {
    const { store, source, check, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', name: 'CRM Sync', metadata: { team: 'a' } })
    expect(isPromise(check(text))).toBe(true)
    await checked(text)
    const reads = { ...source.reads }
    const decision = check(text)
    expect(isPromise(decision)).toBe(false)
    expect(decision).toMatchObject({
      valid: true,
      code: 'VALID',
      keyId: 'key_1',
      account: 'acc_1',
      name: 'CRM Sync',
      metadata: { team: 'a' },
    })
    expect(source.reads).toEqual(reads)
    expect(JSON.parse(JSON.stringify(decision))).toEqual({
      ...(decision as object),
      ...JSON.parse(JSON.stringify(decision)),
    })
  })

  test('what the source has at once is answered at once, and remembered: a key with its account, and that there is none', async () => {
    const { store, source, engine, check } = scriptedEngine()
    source.atOnce = true
    const text = store.create({ id: 'key_1' })
    const unknown = newText()
    await engine.refresh()
    for (let times = 0; times < 2; times++) {
      expect(check(text)).toMatchObject({ code: 'VALID', keyId: 'key_1' })
      expect(check(unknown)).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(source.reads).toEqual({ key: 2, account: 1, credential: 0, head: 1 })
  })

  test('facts that are ahead of memory are not remembered before memory has caught up, however soon they are there', async () => {
    const { store, source, engine, check, checked } = scriptedEngine()
    source.atOnce = true
    const revoked = store.create({ id: 'key_1' })
    await engine.refresh()
    expect(check(revoked)).toMatchObject({ code: 'VALID' })
    store.change(revoked, { state: 'revoked' })
    const newer = store.create({ id: 'key_2' })
    expect(isPromise(check(newer))).toBe(true)
    expect(await checked(newer)).toMatchObject({ code: 'VALID', keyId: 'key_2' })
    // What was caught up with has taken the other key along.
    expect(check(revoked)).toMatchObject({ code: 'REVOKED' })
    expect(source.reads.head).toBe(2)
  })

  test('a source that fails at once is no exception to its checks', async () => {
    const { store, source, engine, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await engine.refresh()
    source.atOnce = true
    source.failing = true
    expect(await checked(text)).toMatchObject({ valid: false, code: 'UNAVAILABLE' })
    source.failing = false
    expect(await checked(text)).toMatchObject({ code: 'VALID' })
  })

  test('23: a hundred checks of one key and account at once load each once', async () => {
    const { store, source, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    const decisions = await Promise.all(Array.from({ length: 100 }, () => checked(text)))
    expect(decisions.every(({ valid }) => valid)).toBe(true)
    expect(source.reads).toMatchObject({ key: 1, account: 1, head: 1 })
  })

  test('U8: hit and miss give the same verdict, for every way to be refused', async () => {
    const faults = [
      {},
      { state: 'paused' as const },
      { state: 'revoked' as const },
      { endsAtMs: 5 },
      { networks: [] },
      { type: 'other' },
      { type: 'forgotten' },
      { environment: 'test' },
      { grant: { permissions: [] } },
      { owner: { memberId: 'mem_1', active: false } },
      { parent: { lineageId: 'lin_p', usable: false } },
      { limits: [{ name: 'none', limit: 0, windowSeconds: 1 }] },
    ]
    const seen = new Set<string>()
    for (const [index, fault] of faults.entries()) {
      const { store, checked, check } = scriptedEngine()
      const text = store.create({ id: `key_${index}`, ...fault })
      const missed = await checked(text)
      const hit = check(text)
      expect(isPromise(hit)).toBe(false)
      expect(JSON.stringify(hit)).toBe(JSON.stringify(missed))
      const embedded = scriptedEngine()
      embedded.source.atOnce = true
      const same = embedded.store.create({ id: `key_${index}`, ...fault })
      await embedded.engine.refresh()
      const readAtOnce = embedded.check(same)
      expect(isPromise(readAtOnce)).toBe(false)
      expect(JSON.stringify(readAtOnce)).toBe(JSON.stringify(missed))
      seen.add(missed.code)
    }
    expect([...seen].sort()).toEqual([
      'EXPIRED',
      'INSUFFICIENT_PERMISSION',
      'IP_NOT_ALLOWED',
      'PAUSED',
      'RATE_LIMITED',
      'REVOKED',
      'SUSPENDED',
      'VALID',
      'WRONG_ENVIRONMENT',
      'WRONG_TYPE',
    ])
    for (const code of seen) expect(codes).toContain(code)
  })

  test('T6: what is no key never reaches the source, fresh or not, and costs no digest where it is long', async () => {
    let digests = 0
    const { source, check } = scriptedEngine({ digest: (text) => `${digests++} ${text}` })
    for (const text of ['', 'x'.repeat(1_000_000), "' or 1=1 --", '\u0000', newText().slice(0, -1), `${newText()} `]) {
      expect(check(text)).toMatchObject({ valid: false, code: 'MALFORMED', keyId: null })
    }
    await settle()
    expect(source.reads).toEqual({ key: 0, account: 0, credential: 0, head: 0 })
    expect(digests).toBeLessThan(6)
  })

  test('an answer that everybody gets cannot be changed for others', () => {
    const { check } = scriptedEngine()
    const decision = check('nonsense')
    expect(() => Object.assign(decision, { valid: true, code: 'VALID' })).toThrow()
    expect(check('nonsense')).toMatchObject({ valid: false, code: 'MALFORMED' })
  })

  test('a grant of the permission that reads like the word is not the word (T15)', async () => {
    const { store, checked } = scriptedEngine()
    const all = store.create({ id: 'key_1', grant: 'unrestricted' })
    const odd = store.create({ id: 'key_2', grant: { permissions: ['unrestricted'] } })
    expect((await checked(all)).code).toBe('VALID')
    expect((await checked(odd)).code).toBe('INSUFFICIENT_PERMISSION')
  })
})

describe('what is remembered as unknown', () => {
  test('is answered from memory, and works at once when it is created (21)', async () => {
    const { store, source, check, checked, engine } = scriptedEngine()
    const text = newText()
    expect((await checked(text)).code).toBe('NOT_FOUND')
    expect(check(text)).toMatchObject({ code: 'NOT_FOUND' })
    expect(source.reads.key).toBe(1)
    store.create({ id: 'key_1' }, text)
    await engine.applied(store.position)
    expect((await checked(text)).code).toBe('VALID')
  })

  test('22: a flood of unknown keys is bounded and pushes out no key', async () => {
    const { store, source, check, checked } = scriptedEngine({
      bounds: { keysMax: 5, unknownMax: 10, accountsMax: 5, credentialsMax: 5 },
    })
    const texts = Array.from({ length: 5 }, (_, index) => store.create({ id: `key_${index}` }))
    for (const text of texts) await checked(text)
    const flood = Array.from({ length: 100 }, newText)
    for (const text of flood) expect((await checked(text)).code).toBe('NOT_FOUND')
    const reads = source.reads.key
    for (const text of texts) expect(check(text)).toMatchObject({ code: 'VALID' })
    for (const text of flood.slice(-10)) expect(check(text)).toMatchObject({ code: 'NOT_FOUND' })
    expect(source.reads.key).toBe(reads)
    await checked(flood[0] as string)
    expect(source.reads.key).toBe(reads + 1)
  })

  test('a key whose account is gone is unknown, and costs the source no more than that (T15)', async () => {
    const { store, source, check, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1', accountId: 'acc_gone' })
    expect((await checked(text)).code).toBe('NOT_FOUND')
    expect(source.reads.key + source.reads.account).toBeLessThanOrEqual(3)
    expect(check(text)).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a key is unknown from when its account is deleted', async () => {
    const { store, engine, checked } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    expect((await checked(text)).code).toBe('VALID')
    store.accounts.delete('acc_1')
    await engine.applied(store.append('account:acc_1'))
    expect((await checked(text)).code).toBe('NOT_FOUND')
  })
})

describe('bounds', () => {
  test('keys in use stay while others that are used once pass by', async () => {
    const { store, source, check, checked } = scriptedEngine({
      bounds: { keysMax: 20, unknownMax: 10, accountsMax: 5, credentialsMax: 5 },
    })
    const hot = Array.from({ length: 10 }, (_, index) => store.create({ id: `hot_${index}` }))
    const useHot = async () => {
      for (const text of hot) await checked(text)
    }
    await useHot()
    await useHot()
    const reads = source.reads.key
    for (let index = 0; index < 200; index++) {
      await checked(store.create({ id: `cold_${index}` }))
      await useHot()
    }
    expect(source.reads.key - reads).toBe(200)
    for (const text of hot) expect(check(text)).toMatchObject({ code: 'VALID' })
  })

  test('a new key keeps its place for a round, so that it can come into use', async () => {
    const { store, source, checked } = scriptedEngine({
      bounds: { keysMax: 10, unknownMax: 10, accountsMax: 5, credentialsMax: 5 },
    })
    for (let index = 0; index < 10; index++) await checked(store.create({ id: `old_${index}` }))
    const text = store.create({ id: 'new' })
    await checked(text)
    for (let index = 0; index < 5; index++) await checked(store.create({ id: `next_${index}` }))
    const reads = source.reads.key
    expect((await checked(text)).code).toBe('VALID')
    expect(source.reads.key).toBe(reads)
  })

  test('any order of uses, changes and bounds answers like the store', async () => {
    const { store, engine, checked } = scriptedEngine({
      bounds: { keysMax: 4, unknownMax: 2, accountsMax: 2, credentialsMax: 2 },
    })
    for (const id of ['acc_2', 'acc_3', 'acc_4']) store.changeAccount(accountFacts({ id }))
    const texts = Array.from({ length: 12 }, (_, index) =>
      store.create({
        id: `key_${index}`,
        accountId: `acc_${1 + (index % 4)}`,
        owner: { memberId: `mem_${index % 3}`, active: true },
      }),
    )
    let step = 1
    for (let round = 0; round < 600; round++) {
      step = (step * 48_271) % 2_147_483_647
      const text = texts[step % texts.length] as string
      if (step % 5 === 0) await engine.applied(store.change(text, { state: step % 2 === 0 ? 'paused' : 'active' }))
      if (step % 17 === 0) await engine.applied(store.append(`member:mem_${step % 3}`))
      expect((await checked(text)).code).toBe(store.keys.get(text)?.state === 'paused' ? 'PAUSED' : 'VALID')
      expect(engine.state.keys).toBeLessThanOrEqual(4)
    }
  })
})

describe('T7, T8, U3: every change that is answered has been seen', () => {
  test('of the key: revoke, pause, reactivate, grant, expiry, networks, deletion', async () => {
    const { store, engine, checked, check } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    expect((await checked(text)).code).toBe('VALID')
    const changes = [
      [{ state: 'paused' as const }, 'PAUSED'],
      [{ state: 'active' as const }, 'VALID'],
      [{ grant: { permissions: [] } }, 'INSUFFICIENT_PERMISSION'],
      [{ grant: { permissions: ['jobs.view'] } }, 'VALID'],
      [{ networks: [] }, 'IP_NOT_ALLOWED'],
      [{ networks: null }, 'VALID'],
      [{ endsAtMs: 1 }, 'EXPIRED'],
      [{ endsAtMs: null, state: 'revoked' as const }, 'REVOKED'],
    ] as const
    for (const [change, code] of changes) {
      await engine.applied(store.change(text, change))
      expect((await checked(text)).code).toBe(code)
      expect(check(text)).toMatchObject({ code })
    }
    await engine.applied(store.remove(text))
    expect((await checked(text)).code).toBe('NOT_FOUND')
  })

  test('of the account: suspended, resumed, another plan; one load of the account serves all its keys', async () => {
    const { store, source, engine, checked } = scriptedEngine()
    const texts = Array.from({ length: 5 }, (_, index) => store.create({ id: `key_${index}` }))
    for (const text of texts) expect((await checked(text)).code).toBe('VALID')
    await engine.applied(store.changeAccount({ active: false }))
    for (const text of texts) expect((await checked(text)).code).toBe('SUSPENDED')
    expect(source.reads).toMatchObject({ key: 5, account: 2 })
    await engine.applied(store.changeAccount({ active: true, plan: 'limited' }))
    for (const text of texts)
      expect((await checked(text)).limits).toMatchObject([{ name: 'requests', limit: 10, remaining: 9 }])
    expect(source.reads).toMatchObject({ key: 5, account: 3 })
  })

  test('T16: of the member that a key belongs to; keys of others stay in memory', async () => {
    const { store, source, engine, checked, check } = scriptedEngine()
    const personal = store.create({ id: 'key_1', owner: { memberId: 'mem_1', active: true } })
    const second = store.create({ id: 'key_2', owner: { memberId: 'mem_1', active: true } })
    const other = store.create({ id: 'key_3', owner: { memberId: 'mem_2', active: true } })
    for (const text of [personal, second, other]) await checked(text)
    for (const text of [personal, second])
      store.keys.set(text, {
        ...keyFacts({ id: text === personal ? 'key_1' : 'key_2' }),
        owner: { memberId: 'mem_1', active: false },
      })
    await engine.applied(store.append('member:mem_1'))
    const reads = source.reads.key
    expect(check(other)).toMatchObject({ code: 'VALID' })
    expect(source.reads.key).toBe(reads)
    for (const text of [personal, second]) expect((await checked(text)).code).toBe('SUSPENDED')
  })

  test('T4: of the managing key that made it', async () => {
    const { store, engine, checked } = scriptedEngine()
    const child = store.create({ id: 'key_1', parent: { lineageId: 'lin_p', usable: true } })
    expect((await checked(child)).code).toBe('VALID')
    store.keys.set(child, keyFacts({ id: 'key_1', parent: { lineageId: 'lin_p', usable: false } }))
    await engine.applied(store.append('key:key_p', 'lineage:lin_p', 'parent:lin_p'))
    expect((await checked(child)).code).toBe('REVOKED')
  })

  test('T4: of a managing key above the one that made it', async () => {
    const { store, engine, checked } = scriptedEngine()
    const parent = { lineageId: 'lin_p', aboveIds: ['lin_g', 'lin_h'] }
    const made = store.create({ id: 'key_1', parent: { ...parent, usable: true } })
    expect((await checked(made)).code).toBe('VALID')
    store.keys.set(made, keyFacts({ id: 'key_1', parent: { ...parent, usable: false } }))
    await engine.applied(store.append('key:key_h', 'lineage:lin_h', 'parent:lin_h'))
    expect((await checked(made)).code).toBe('REVOKED')
  })

  test('of everything: a configuration is applied', async () => {
    const { store, engine, checked, check } = scriptedEngine()
    const text = store.create({ id: 'key_1' })
    await checked(text)
    await checked(newText())
    await engine.applied(store.append('all'))
    expect(engine.state.keys).toBe(0)
    expect(isPromise(check(text))).toBe(true)
    expect((await checked(text)).code).toBe('VALID')
  })
})

describe('credentials', () => {
  const operator = { id: 'cred_1', kind: 'operator' } as const

  test('are remembered, forgotten when deleted, and known at once when created', async () => {
    const { store, source, engine } = scriptedEngine()
    expect(await engine.credential('text')).toBeUndefined()
    expect(engine.credential('text')).toBeUndefined()
    expect(source.reads.credential).toBe(1)
    store.credentials.set('text', operator)
    await engine.applied(store.append('credential:cred_1', 'unknown'))
    expect(await engine.credential('text')).toEqual(operator)
    expect(engine.credential('text')).toEqual(operator)
    store.credentials.delete('text')
    await engine.applied(store.append('credential:cred_1'))
    expect(await engine.credential('text')).toBeUndefined()
  })

  test('are unavailable, not unknown, where that cannot be proved, in bounded time', async () => {
    const { clock, source, engine } = scriptedEngine()
    source.failing = true
    const failed = engine.credential('text')
    await clock.advance(1_000)
    expect(await failed).toBe('unavailable')
    source.failing = false
    source.holding.add('credential')
    const hung = engine.credential('text')
    await clock.advance(1_000)
    expect(await hung).toBe('unavailable')
  })

  test('a load that raced the deletion is not remembered', async () => {
    const { store, source, engine } = scriptedEngine()
    store.credentials.set('text', operator)
    store.append('credential:cred_1', 'unknown')
    await engine.refresh()
    source.holding.add('credential')
    const asked = engine.credential('text')
    await settle()
    const load = source.release()
    load.look()
    store.credentials.delete('text')
    await engine.applied(store.append('credential:cred_1'))
    source.holding.clear()
    await load.answer()
    expect(await asked).toBeUndefined()
  })

  test('are bounded, known and unknown', async () => {
    const { store, engine } = scriptedEngine({
      bounds: { keysMax: 5, unknownMax: 5, accountsMax: 5, credentialsMax: 3 },
    })
    for (let index = 0; index < 10; index++)
      store.credentials.set(`text ${index}`, { id: `cred_${index}`, kind: 'operator' })
    for (let index = 0; index < 10; index++)
      expect(await engine.credential(`text ${index}`)).toMatchObject({ id: `cred_${index}` })
    for (let index = 0; index < 10; index++) expect(await engine.credential(`none ${index}`)).toBeUndefined()
    expect(engine.credential('text 9')).toMatchObject({ id: 'cred_9' })
    expect(engine.credential('text 0')).toBeInstanceOf(Promise)
  })
})

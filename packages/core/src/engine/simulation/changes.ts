import type { Scope } from '../../event.ts'
import { generateKeyText } from '../../key-text.ts'
import { accountFacts, limit } from '../testing.ts'
import { beginningMs } from './process.ts'
import type { Records, RecordsChange, StoredKey } from './records.ts'
import type { World } from './world.ts'

export const permissions = ['jobs.view', 'jobs.edit'] as const
const accountIds = ['acc_1', 'acc_2', 'acc_3']
const memberIds = ['mem_1', 'mem_2']
const keysMax = 16

type Make = (records: Records, key: StoredKey) => RecordsChange | undefined

/** Draws changes of the store: what people and programs do to keys, accounts, members and credentials. */
export class Changes {
  /** Every key that was ever made, by its text; a restore may have taken it away. */
  readonly made = new Map<string, StoredKey>()
  /** Every credential's text that was ever made. */
  readonly credentialTexts: string[] = []
  /** The texts of the next keys; some are asked about before there is such a key. */
  readonly coming: string[] = []
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    for (let index = 0; index < 3; index++) this.coming.push(this.generateText())
  }

  /** What a store begins with. */
  first(): Records {
    let records: Records = {
      keys: new Map(),
      accounts: new Map(accountIds.map((id) => [id, accountFacts({ id })])),
      members: new Map(memberIds.map((id) => [id, true])),
      credentials: new Map(),
    }
    for (let index = 0; index < 7; index++) records = this.#create(records).records
    return this.#createCredential(records).records
  }

  /** One change of what the store holds; `undefined` where what was drawn does not fit. */
  draw(records: Records): RecordsChange | undefined {
    const keys = [...records.keys.values()]
    const disturbed = this.#isDisturbed(records)
    const rare: readonly Make[] = [
      (now) => this.#switchAccount(now),
      (now) => this.#switchMember(now),
      (now) => this.#createCredential(now),
      (now) => this.#deleteCredential(now),
      (now) => ({ what: 'apply a configuration', records: now, scopes: ['all'] }),
      (now) => ({ what: 'something of no check', records: now, scopes: [] }),
    ]
    const ofKeys: readonly Make[] = [
      (now) => this.#create(now),
      (now, key) => this.#setState(now, key, this.#world.pick(['paused', 'paused', 'revoked'])),
      (now, key) => this.#setState(now, key, this.#world.pick(['paused', 'revoked'])),
      (now, key) => this.#reactivate(now, key),
      (now, key) => this.#rotate(now, key),
      (now, key) => this.#regrant(now, key),
      (now, key) => this.#setEnd(now, key),
      (now, key) => this.#delete(now, key),
    ]
    if (keys.length === 0) return this.#create(records)
    // What takes many keys away does not last, or there would be nothing to accept.
    const make = this.#world.happens(disturbed ? 0.5 : 0.2) ? this.#world.pick(rare) : this.#world.pick(ofKeys)
    return make(records, this.#world.pick(keys))
  }

  #isDisturbed({ accounts, members }: Records): boolean {
    return [...accounts.values()].some(({ active }) => !active) || memberIds.some((id) => members.get(id) !== true)
  }

  #newText(): string {
    this.coming.push(this.generateText())
    return this.coming.shift() as string
  }

  /** The text of a key that nobody has. */
  generateText(): string {
    return generateKeyText('tst', null, this.#world.random.bytes)
  }

  #create(records: Records): RecordsChange {
    const { random } = this.#world
    const number = this.made.size + 1
    const parents = [...records.keys.values()].filter(({ state }) => state !== 'revoked')
    const parent = random.below(4) === 0 && parents.length > 0 ? this.#world.pick(parents) : undefined
    const kind = random.below(5)
    const key: StoredKey = {
      id: `key_${number}`,
      text: this.#newText(),
      accountId: parent?.accountId ?? this.#world.pick(accountIds),
      lineageId: `lin_${number}`,
      state: 'active',
      endsAtMs: random.below(6) === 0 ? this.#storeNowMs + random.below(15_000) : null,
      permissions: random.below(3) === 0 ? ['jobs.view'] : permissions,
      ownerId: random.below(3) === 0 ? this.#world.pick(memberIds) : null,
      parentLineageId: parent?.lineageId ?? null,
      limits: kind === 0 ? [limit('requests', 3, 20)] : [],
      quota: kind === 1 ? { limit: 8, period: null } : null,
    }
    return this.#withNew(records, key, 'create')
  }

  #withNew(records: Records, key: StoredKey, what: string): RecordsChange {
    this.made.set(key.text, key)
    const keys = new Map(records.keys).set(key.text, key)
    return {
      what: `${what} ${key.id}`,
      records: { ...records, keys },
      scopes: [...this.#scopesOf(records, key), 'unknown'],
    }
  }

  #setState(records: Records, key: StoredKey, state: StoredKey['state']): RecordsChange | undefined {
    if (key.state === 'revoked' || key.state === state) return undefined
    return this.#with(records, { ...key, state }, `set ${state}`)
  }

  #reactivate(records: Records, key: StoredKey): RecordsChange | undefined {
    const paused = [...records.keys.values()].filter(({ state }) => state === 'paused')
    const which = key.state === 'paused' ? key : paused[0]
    return which === undefined ? undefined : this.#with(records, { ...which, state: 'active' }, 'reactivate')
  }

  #rotate(records: Records, key: StoredKey): RecordsChange | undefined {
    if (key.state !== 'active' || this.made.size >= keysMax * 2) return undefined
    const overlapMs = this.#world.pick([0, 800, 3_000, 8_000])
    const endMs = this.#storeNowMs + overlapMs
    const older = { ...key, endsAtMs: key.endsAtMs === null ? endMs : Math.min(endMs, key.endsAtMs) }
    const { records: ended, scopes } = this.#with(records, older, 'rotate')
    const next = { ...key, id: `key_${this.made.size + 1}`, text: this.#newText() }
    const change = this.#withNew(ended, next, `rotate ${key.id} with ${overlapMs} ms to`)
    return { ...change, text: key.text, scopes: [...new Set([...scopes, ...change.scopes])] }
  }

  #regrant(records: Records, key: StoredKey): RecordsChange {
    const granted = this.#world.pick([['jobs.view'], ['jobs.edit'], [], permissions, permissions])
    return this.#with(records, { ...key, permissions: granted }, `grant [${granted.join(' ')}] to`)
  }

  #setEnd(records: Records, key: StoredKey): RecordsChange {
    const endsAtMs = this.#world.happens(0.5) ? null : this.#storeNowMs + this.#world.random.below(4_000)
    return this.#with(records, { ...key, endsAtMs }, `end at ${endsAtMs === null ? 'never' : endsAtMs - beginningMs}`)
  }

  #delete(records: Records, key: StoredKey): RecordsChange | undefined {
    if (records.keys.size < 5) return undefined
    const keys = new Map(records.keys)
    keys.delete(key.text)
    const scopes = this.#scopesOf(records, key)
    return { what: `delete ${key.id}`, text: key.text, records: { ...records, keys }, scopes }
  }

  #switchAccount(records: Records): RecordsChange {
    const { accounts } = records
    const account = [...accounts.values()].find(({ active }) => !active) ?? this.#world.pick([...accounts.values()])
    const changed = { ...account, active: !account.active }
    return {
      what: `${changed.active ? 'resume' : 'suspend'} ${account.id}`,
      records: { ...records, accounts: new Map(accounts).set(account.id, changed) },
      scopes: [`account:${account.id}`],
    }
  }

  #switchMember(records: Records): RecordsChange {
    const id = memberIds.find((each) => records.members.get(each) !== true) ?? this.#world.pick(memberIds)
    const members = new Map(records.members)
    if (members.get(id) !== true) members.set(id, true)
    else if (this.#world.happens(0.5)) members.set(id, false)
    else members.delete(id)
    const what = `member ${id} is ${members.get(id) ?? 'removed'}`
    return { what, records: { ...records, members }, scopes: [`member:${id}`] }
  }

  #createCredential(records: Records): RecordsChange {
    const id = `cre_${this.credentialTexts.length + 1}`
    const text = `credential ${id}`
    this.credentialTexts.push(text)
    const credentials = new Map(records.credentials).set(text, { id, kind: 'operator' as const })
    return { what: `create ${id}`, records: { ...records, credentials }, scopes: [`credential:${id}`, 'unknown'] }
  }

  #deleteCredential(records: Records): RecordsChange | undefined {
    const [first] = records.credentials
    if (first === undefined) return undefined
    const [text, { id }] = first
    const credentials = new Map(records.credentials)
    credentials.delete(text)
    return { what: `delete ${id}`, records: { ...records, credentials }, scopes: [`credential:${id}`] }
  }

  #with(records: Records, key: StoredKey, what: string): RecordsChange {
    const keys = new Map(records.keys).set(key.text, key)
    return {
      what: `${what} ${key.id}`,
      text: key.text,
      records: { ...records, keys },
      scopes: this.#scopesOf(records, key),
    }
  }

  #scopesOf(records: Records, { id, lineageId }: StoredKey): readonly Scope[] {
    const hasChildren = [...records.keys.values()].some(({ parentLineageId }) => parentLineageId === lineageId)
    return [`key:${id}`, `lineage:${lineageId}`, ...(hasChildren ? [`parent:${lineageId}` as const] : [])]
  }

  get #storeNowMs(): number {
    return beginningMs + this.#world.nowMs
  }
}

import { isProblem, type KeywrightConfig, type Problem } from '@keywright/core'
import type { AccountInput, Actor, Caller, Created, KeyInput, KeyRecord, Storage } from '../ports.ts'
import { storageOf } from '../storage.ts'
import { type TestOptions, testConfig, testOperator, testSource } from '../testing.ts'
import type { Parts } from './parts.ts'
import type { Open } from './suite.ts'

/** The value of an answer that must not be a refusal. */
export function accepted<Value>(answer: Value | Problem): Value {
  if (isProblem(answer)) throw new Error(`refused: ${JSON.stringify(answer)}`)
  return answer
}

/** The code of an answer that must be a refusal, with the pointers of its errors: `invalid_parameters /name`. */
export function refusal(answer: unknown): string {
  if (!isProblem(answer)) throw new Error(`not refused: ${JSON.stringify(answer)}`)
  const pointers = (answer.errors ?? []).map(({ pointer }) => pointer ?? '')
  return [answer.problem, ...pointers].join(' ')
}

/** The small configuration with parts replaced. */
export const configWith = (changes: Partial<KeywrightConfig>) => testConfig({ ...testSource, ...changes })

/** The small configuration in which everything is offered. */
export const allActions: NonNullable<KeywrightConfig['actions']> = {
  pause: { label: 'Pause', confirm: 'none' },
  reactivate: { label: 'Reactivate', confirm: 'none' },
  revoke: { label: 'Revoke', confirm: 'none' },
  rotate: { label: 'Rotate', confirm: 'none' },
  delete: { label: 'Delete', confirm: 'none' },
}

/** A resource whose verbs manage keys. */
const managingResource: NonNullable<KeywrightConfig['resources']>[number] = {
  id: 'api-keys',
  label: 'API keys',
  verbs: ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'],
  levels: [],
  manages: 'keys',
}

/** Every verb of the managing resource. */
export const managing = managingResource.verbs.map((verb) => `api-keys.${verb}`)

/** The small configuration in which keys manage keys and everything is offered. */
export const managingConfig = (changes: Partial<KeywrightConfig> = {}) =>
  configWith({ resources: [...(testSource.resources ?? []), managingResource], actions: allActions, ...changes })

export interface World extends Parts {
  readonly storage: Storage
  readonly accountId: string
  /** Makes a key as the operator, or as whoever is named. */
  key(input?: KeyInput, caller?: Caller): Promise<KeyRecord>
  account(input?: Partial<AccountInput>): Promise<string>
  /** The newest entries of the log, oldest first. */
  events(count: number): Promise<readonly LoggedEvent[]>
  eventCount(): Promise<number>
  stateOf(id: string): Promise<string>
}

export interface LoggedEvent {
  readonly type: string
  readonly target: string
  readonly scopes: readonly string[]
  readonly before: unknown
  readonly after: unknown
}

/** A store with one account. */
export async function openWorld(open: Open, options: Omit<TestOptions, 'kind' | 'clock'> = {}): Promise<World> {
  const parts = await open({ config: configWith({ actions: allActions }), ...options })
  const storage = storageOf(parts.store)
  const account = async (input: Partial<AccountInput> = {}) =>
    accepted(await storage.accounts.create(testOperator, { name: 'Example Ltd', ...input })).record.id
  const accountId = await account()
  const logged = async (count: number) => {
    const rows = await parts.read.selectFrom('log_entries').selectAll().orderBy('number', 'desc').limit(count).execute()
    return rows.reverse().map((row) => ({
      type: row.type,
      target: row.target_id,
      scopes: JSON.parse(row.scopes_json) as string[],
      before: JSON.parse(row.before_json ?? 'null') as unknown,
      after: JSON.parse(row.after_json ?? 'null') as unknown,
    }))
  }
  return {
    ...parts,
    storage,
    accountId,
    account,
    key: async (input = {}, caller = testOperator) =>
      accepted(await storage.keys.create(caller, accountOf(caller.actor, accountId), { name: 'A key', ...input }))
        .record,
    events: logged,
    eventCount: async () => (await parts.read.selectFrom('log_head').select('number').executeTakeFirstOrThrow()).number,
    stateOf: async (id) => accepted(await storage.keys.read(id)).state,
  }
}

const accountOf = (actor: Actor, standard: string): string =>
  actor.kind === 'key' || actor.kind === 'member' ? actor.accountId : standard

/** A key as the caller of commands. */
export const asKey = (key: KeyRecord): Caller => ({
  actor: { kind: 'key', id: key.id, accountId: key.accountId, lineageId: key.lineageId },
  requestId: 'request-key',
})

/** The secret of a creation, as a test may see it. */
export const secretOf = (created: Created<unknown>): string => created.secret?.expose() ?? ''

/** Adds copies of a key to the store, each in a lineage of its own of the same parent. */
export async function multiply({ store }: Pick<World, 'store'>, key: KeyRecord, count: number): Promise<void> {
  await store.context.write(testOperator, async ({ database }) => {
    const row = await database.selectFrom('keys').selectAll().where('id', '=', key.id).executeTakeFirstOrThrow()
    const lineage = await database
      .selectFrom('lineages')
      .selectAll()
      .where('id', '=', key.lineageId)
      .executeTakeFirstOrThrow()
    const suffixed = (id: string, index: number) => `${id.slice(0, -4)}${1_000 + index}`
    const indexes = Array.from({ length: count }, (_, index) => index)
    for (let start = 0; start < count; start += 300) {
      const part = indexes.slice(start, start + 300)
      await database
        .insertInto('lineages')
        .values(part.map((index) => ({ ...lineage, id: suffixed(lineage.id, index) })))
        .execute()
      await database
        .insertInto('keys')
        .values(
          part.map((index) => ({
            ...row,
            id: suffixed(row.id, index),
            lineage_id: suffixed(lineage.id, index),
            digest: `copy ${index} of ${key.id}`,
          })),
        )
        .execute()
    }
  })
}

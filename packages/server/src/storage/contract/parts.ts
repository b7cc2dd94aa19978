import { checksOf } from '../checks.ts'
import { configurationsOf } from '../configurations.ts'
import { credentialsOf } from '../credentials.ts'
import { headReader } from '../log/head.ts'
import { logOf } from '../log/log.ts'
import type { Store } from '../open-store.ts'
import type { NewEvent } from '../ports.ts'
import { quotasOf } from '../quotas.ts'
import type { KeyRow } from '../schema.ts'
import { setupOf } from '../setup.ts'
import { openTestStore, type TestClock, type TestOptions, testClock, testOperator } from '../testing.ts'
import { usageOf } from '../usage.ts'

/** An open store with the parts that this suite is about, and a clock that only the test moves. */
export async function openParts(options: TestOptions & { readonly clock?: TestClock }) {
  const clock = options.clock ?? testClock()
  const store = await openTestStore({ ...options, clock })
  const head = headReader(store.database, store.log.signer, clock)
  return {
    store,
    clock,
    write: store.context.write,
    read: store.read,
    log: logOf(store, head),
    checks: checksOf(store, head),
    credentials: credentialsOf(store.context),
    setup: setupOf(store.context),
    configurations: configurationsOf(store),
    quotas: quotasOf(store),
    usage: usageOf(store),
    close: () => store.close(),
  }
}

export type Parts = Awaited<ReturnType<typeof openParts>>

/** An event about an account that need not exist. */
export const accountEvent = (accountId: string): NewEvent => ({
  type: 'account.updated',
  accountId,
  target: { kind: 'account', id: accountId },
  scopes: [`account:${accountId}`],
  before: { name: 'before' },
  after: { name: 'after' },
})

/** Appends so many events, each in a change of its own, an hour apart. */
export async function appendMany(parts: Parts, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    parts.clock.advance(3_600_000)
    await parts.write({ ...testOperator, network: '192.0.2.0/24', userAgent: 'curl/8' }, async ({ append }) => {
      append(accountEvent(`acc_${index}`))
    })
  }
}

/** Stores an account with a lineage and a key in it, as the resources would, and answers the key's text. */
export async function storeKey(
  store: Store,
  id: string,
  columns: Partial<KeyRow> = {},
  parent: string | null = null,
): Promise<string> {
  const text = `text of ${id}`
  const { digest, chain } = store.context.digests.create('key', text)
  const accountId = columns.account_id ?? 'acc_1'
  const lineageId = columns.lineage_id ?? `lin_${id}`
  await store.context.write(testOperator, async ({ database, nowMs, append }) => {
    const times = { created_at_ms: nowMs, updated_at_ms: nowMs, version: 1 }
    await database
      .insertInto('accounts')
      .values({
        id: accountId,
        name: 'An account',
        external_id: null,
        state: 'active',
        plan: 'default',
        overrides_json: '[]',
        cap_override_json: null,
        ...times,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    await database
      .insertInto('lineages')
      .values({
        id: lineageId,
        account_id: accountId,
        parent_lineage_id: parent,
        overrides_json: '[]',
        quota_override_json: null,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    await database
      .insertInto('keys')
      .values({
        id,
        account_id: accountId,
        lineage_id: lineageId,
        digest,
        digest_chain: chain,
        type: 'secret',
        environment: 'live',
        prefix: 'exa',
        first_characters: 'abcd',
        last_characters: 'wxyz',
        name: 'A key',
        name_search: 'a key',
        description: null,
        state: 'active',
        grant_json: '{"permissions":["jobs.view"]}',
        preset: null,
        networks_json: null,
        limits_json: '[]',
        quota_json: null,
        metadata_json: null,
        owner_member_id: null,
        expires_at_ms: null,
        ends_at_ms: null,
        rotated_to_id: null,
        stands_alone: 0,
        created_by_kind: 'operator',
        created_by_id: 'operator-1',
        ...times,
        ...columns,
      })
      .execute()
    append({ type: 'key.created', accountId, target: { kind: 'key', id }, scopes: [`key:${id}`, 'unknown'] })
  })
  return text
}

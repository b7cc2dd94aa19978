import { type EventType, events, type ProblemError } from '@keywright/core'
import type { Kysely } from 'kysely'
import { Secret } from '../../secret.ts'
import { lockAccount } from '../account-rows.ts'
import { mayActIn, mayOperate } from '../callers.ts'
import { type Difference, withoutValues } from '../changes.ts'
import type { StorageContext, WriteTransaction } from '../context.ts'
import { isId } from '../ids.ts'
import { fromJsonOrNull } from '../json.ts'
import { cleanDescription } from '../names.ts'
import type { Caller } from '../ports.ts'
import type { WebhookInput, WebhookRecord } from '../ports-outbox.ts'
import type { Schema } from '../schema.ts'
import type { WebhookRow } from '../schema-outbox.ts'

const urlCharactersMax = 2_048
const secretBytes = 32

/** The type of the message that only says that messages arrive. */
export const testType = 'webhook.test'

/** Whether an account learns of events of a type; the installation learns of all. */
export const isForAccounts = (type: string): boolean => /^(?:account|invitation|key|member|webhook)\./.test(type)

/** A webhook as it is at a moment. */
export const webhookRecord = (row: WebhookRow, nowMs: number): WebhookRecord => ({
  id: row.id,
  accountId: row.account_id,
  url: row.url,
  description: row.description,
  events: fromJsonOrNull<readonly string[]>(row.events_json),
  state: row.state,
  createdAtMs: row.created_at_ms,
  lastSuccessAtMs: row.last_success_at_ms,
  failingSinceMs: row.failing_since_ms,
  secretRotatingUntilMs:
    row.old_secret_until_ms !== null && row.old_secret_until_ms > nowMs ? row.old_secret_until_ms : null,
})

/** A secret as the Standard Webhooks specification writes it: 32 random bytes. */
export const newSigningSecret = (randomBytes: StorageContext['randomBytes']): Secret =>
  new Secret(`whsec_${Buffer.from(randomBytes(secretBytes)).toString('base64')}`)

/** One webhook of an account, or of the installation. */
export async function findWebhook(
  database: Kysely<Schema>,
  accountId: string | null,
  id: string,
): Promise<WebhookRow | undefined> {
  if (!isId('webhook', id) || (accountId !== null && !isId('account', accountId))) return undefined
  const query = database.selectFrom('webhooks').selectAll().where('id', '=', id)
  return await (accountId === null
    ? query.where('account_id', 'is', null)
    : query.where('account_id', '=', accountId)
  ).executeTakeFirst()
}

/** Whether a caller may change webhooks there, judged within the change (T10); those of an account stay locked with it. A key never may. */
export async function mayManage(
  context: StorageContext,
  transaction: WriteTransaction,
  { actor }: Caller,
  accountId: string | null,
): Promise<boolean> {
  if (accountId === null) return await mayOperate(transaction, actor)
  if (actor.kind === 'key' || (await lockAccount(context, transaction, accountId)) === undefined) return false
  return await mayActIn(transaction, actor, accountId)
}

/** Reads a webhook within a change, for a caller who may change it. */
export async function lockWebhook(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  accountId: string | null,
  id: string,
): Promise<WebhookRow | undefined> {
  if (!(await mayManage(context, transaction, caller, accountId))) return undefined
  return await findWebhook(transaction.database, accountId, id)
}

type Fields = Partial<Pick<WebhookRow, 'url' | 'description' | 'events_json'>>

/** The columns that an input sets; those that it does not name are absent. Whether the address may be sent to is for the sender to say. */
export function fieldsOf(
  { url, description, events: types }: Partial<WebhookInput>,
  accountId: string | null,
): Fields | readonly ProblemError[] {
  const errors: ProblemError[] = []
  const fields: { -readonly [Name in keyof Fields]: Fields[Name] } = {}
  if (url !== undefined) {
    if (url.length > urlCharactersMax || !URL.canParse(url))
      errors.push({ pointer: '/url', detail: `Write an address of at most ${urlCharactersMax} characters.` })
    else fields.url = new URL(url).href
  }
  if (description !== undefined) {
    const cleaned = description === null ? { text: null } : cleanDescription(description)
    if ('fault' in cleaned) errors.push({ pointer: '/description', detail: cleaned.fault })
    else fields.description = cleaned.text
  }
  if (types !== undefined) {
    errors.push(...eventErrors(types ?? [], accountId))
    fields.events_json = types === null ? null : JSON.stringify([...new Set(types)].sort())
  }
  return errors.length > 0 ? errors : fields
}

function eventErrors(types: readonly string[], accountId: string | null): ProblemError[] {
  const offered = (Object.keys(events) as EventType[]).filter((type) => accountId === null || isForAccounts(type))
  return types.flatMap((type, index) => {
    if (offered.some((each) => each === type)) return []
    const detail = `There is no such event here. Name some of: ${offered.join(', ')}.`
    return [{ pointer: `/events/${index}`, detail }]
  })
}

/** A webhook as the log compares it. */
export const viewOf = (row: WebhookRow): Readonly<Record<string, unknown>> => ({
  url: row.url,
  description: row.description,
  events: fromJsonOrNull<readonly string[]>(row.events_json),
  state: row.state,
})

/** What changed of a webhook as the log keeps it: addresses often carry secrets in them. */
export const logged = (difference: Difference): Difference => withoutValues(difference, ['url', 'description'])

type WebhookEvent = Extract<EventType, `webhook.${string}`>

/** Records what happened to a webhook. Nothing that memories hold depends on it. */
export const appendWebhookEvent = (
  { append }: WriteTransaction,
  type: WebhookEvent,
  { id, account_id: accountId }: Pick<WebhookRow, 'id' | 'account_id'>,
  difference: Partial<Difference> = {},
): void => append({ type, accountId, target: { kind: 'webhook', id }, scopes: [], ...difference })

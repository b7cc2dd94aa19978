import { type LimitOverride, type Problem, type ProblemError, problem } from '@keywright/core'
import { type Difference, wireTime, withoutValues } from './changes.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { isId } from './ids.ts'
import { fromJson, fromJsonOrNull, toJson, toJsonOrNull } from './json.ts'
import { isMoment, overridesErrors, plainLimit } from './limits.ts'
import { cleanName, externalIdFault } from './names.ts'
import type { AccountInput, AccountRecord } from './ports.ts'
import type { AccountRow } from './schema.ts'

/** Reads an account within a change and keeps every other change of the account, its members and its keys waiting. */
export async function lockAccount(
  { statements }: StorageContext,
  { database }: WriteTransaction,
  id: string,
): Promise<AccountRow | undefined> {
  if (!isId('account', id)) return undefined
  return (await statements.lockAccount(database, { id })).rows[0]
}

/** The row of an account; `undefined` where there is none of this id. */
export const findAccount = async ({ read }: StorageContext, id: string): Promise<AccountRow | undefined> =>
  isId('account', id)
    ? await read.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
    : undefined

/** Whether there is an account of this id, in whatever state. */
export async function accountExists(read: StorageContext['read'], id: string): Promise<boolean> {
  if (!isId('account', id)) return false
  return (await read.selectFrom('accounts').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

interface CapOverride {
  readonly activeKeysMax: number | null
  readonly untilMs: number | null
}

/** An account as its row keeps it. */
export function accountRecord(row: AccountRow): AccountRecord {
  const cap = fromJsonOrNull<CapOverride>(row.cap_override_json)
  return {
    id: row.id,
    name: row.name,
    externalId: row.external_id,
    state: row.state,
    plan: row.plan,
    overrides: fromJson<readonly LimitOverride[]>(row.overrides_json),
    activeKeysOverride: cap === null ? null : { max: cap.activeKeysMax, untilMs: cap.untilMs },
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    version: row.version,
  }
}

type Columns = Pick<AccountRow, 'name' | 'external_id' | 'plan' | 'overrides_json' | 'cap_override_json'>

/** The columns that an input sets; those that it does not name are absent. */
export type AccountFields = Partial<Columns>

type Refused = Problem<'invalid_parameters' | 'not_allowed_by_configuration'>

/** The columns that an input sets: those that it does not name are absent. */
export function fieldsOf(context: StorageContext, input: Partial<AccountInput>): AccountFields | Refused {
  const errors: ProblemError[] = []
  const name = input.name === undefined ? undefined : cleanName(input.name)
  if (name !== undefined && 'fault' in name) errors.push({ pointer: '/name', detail: name.fault })
  const idFault = typeof input.externalId === 'string' ? externalIdFault(input.externalId) : undefined
  if (idFault !== undefined) errors.push({ pointer: '/externalId', detail: idFault })
  errors.push(...overridesErrors(input.overrides ?? [], '/overrides'), ...capErrors(input.activeKeysOverride ?? null))
  if (errors.length > 0) return problem('invalid_parameters', undefined, errors)
  const config = context.config()
  if (input.plan !== undefined && !config.planById.has(input.plan)) {
    const detail = `There is no such plan. Name one of: ${config.plans.map(({ id }) => id).join(', ')}.`
    return problem('not_allowed_by_configuration', undefined, [{ pointer: '/plan', detail }])
  }
  return {
    ...(name === undefined || 'fault' in name ? {} : { name: name.text }),
    ...(input.externalId === undefined ? {} : { external_id: input.externalId }),
    ...(input.plan === undefined ? {} : { plan: input.plan }),
    ...(input.overrides === undefined ? {} : { overrides_json: overridesJson(input.overrides) }),
    ...(input.activeKeysOverride === undefined ? {} : { cap_override_json: capJson(input.activeKeysOverride) }),
  }
}

const overridesJson = (overrides: readonly LimitOverride[]): string =>
  toJson(overrides.map(({ limit, untilMs }) => ({ limit: plainLimit(limit), untilMs })))

const capJson = (cap: AccountRecord['activeKeysOverride']): string | null =>
  toJsonOrNull(cap === null ? null : { activeKeysMax: cap.max, untilMs: cap.untilMs })

function capErrors(cap: AccountRecord['activeKeysOverride']): ProblemError[] {
  if (cap === null) return []
  const errors: ProblemError[] = []
  if (cap.max !== null && (!Number.isSafeInteger(cap.max) || cap.max < 0)) {
    errors.push({
      pointer: '/activeKeysOverride/max',
      detail: 'Write a whole number of 0 or more, or null for no cap.',
    })
  }
  if (cap.untilMs !== null && !isMoment(cap.untilMs)) {
    errors.push({ pointer: '/activeKeysOverride/until', detail: 'Write a time (RFC 3339), or null for good.' })
  }
  return errors
}

/** An account as the log shows it. */
export function logView(row: Columns & { readonly state: AccountRow['state'] }): Readonly<Record<string, unknown>> {
  const cap = fromJsonOrNull<CapOverride>(row.cap_override_json)
  return {
    name: row.name,
    externalId: row.external_id,
    state: row.state,
    plan: row.plan,
    overrides: fromJson<readonly LimitOverride[]>(row.overrides_json).map(({ limit, untilMs }) => ({
      limit,
      until: wireTime(untilMs),
    })),
    activeKeysOverride: cap === null ? null : { max: cap.activeKeysMax, until: wireTime(cap.untilMs) },
  }
}

/** A difference without names and identifiers of the adopter's own: they may be those of a person, and the log cannot forget. */
export const withoutPersons = (difference: Difference): Difference => withoutValues(difference, ['name', 'externalId'])

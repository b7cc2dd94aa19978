import type { StorageContext, WriteTransaction } from './context.ts'
import type { OperatorRow } from './schema.ts'

/** Who operates: every operator credential, and the people in good standing. */
export interface StandingOperators {
  readonly credentialIds: readonly string[]
  readonly personIds: readonly string[]
}

/** Reads all operators and keeps every other change of them waiting: two removals at once must not each count the other's. */
export async function lockOperators(
  { capabilities: { rowLocks } }: Pick<StorageContext, 'capabilities'>,
  { database }: WriteTransaction,
): Promise<StandingOperators> {
  const credentials = database.selectFrom('credentials').select('id').where('kind', '=', 'operator').orderBy('id')
  const people = database
    .selectFrom('operators')
    .innerJoin('people', 'people.id', 'operators.person_id')
    .select(['operators.person_id', 'operators.suspended', 'people.suspended as person_suspended'])
    .orderBy('operators.person_id')
  const credentialRows = await (rowLocks ? credentials.forUpdate() : credentials).execute()
  const personRows = await (rowLocks ? people.forUpdate('operators') : people).execute()
  return {
    credentialIds: credentialRows.map(({ id }) => id),
    personIds: personRows
      .filter((row) => row.suspended === 0 && row.person_suspended === 0)
      .map(({ person_id }) => person_id),
  }
}

/** Whether nobody would operate any more without this credential or person. */
export const isLastOperator = ({ credentialIds, personIds }: StandingOperators, id: string): boolean => {
  const all = [...credentialIds, ...personIds]
  return all.length === 1 && all[0] === id
}

/** Makes a person an operator, with the event; nothing where the person is one. */
export async function insertOperator(
  { database, nowMs, append }: WriteTransaction,
  personId: string,
  createdBy: { readonly kind: string; readonly id: string },
): Promise<void> {
  const row: OperatorRow = {
    person_id: personId,
    suspended: 0,
    created_by_kind: createdBy.kind,
    created_by_id: createdBy.id,
    created_at_ms: nowMs,
  }
  const { numInsertedOrUpdatedRows } = await database
    .insertInto('operators')
    .values(row)
    .onConflict((conflict) => conflict.column('person_id').doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) return
  append({
    type: 'operator.created',
    accountId: null,
    target: { kind: 'operator', id: personId },
    scopes: [`person:${personId}`],
  })
}

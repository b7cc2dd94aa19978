import { isKeyText, type Problem, problem } from '@keywright/core'
import { insertAccount } from './accounts.ts'
import { mayOperate } from './callers.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { pageLimit, pageOf, readCursor } from './cursor.ts'
import { insertMember } from './member-rows.ts'
import { comesAfter, momentPlace } from './moment-order.ts'
import { cleanName } from './names.ts'
import { insertOperator, isLastOperator, lockOperators } from './operator-rows.ts'
import type { Caller } from './ports.ts'
import type { OperatorRecord, Operators } from './ports-team.ts'
import { setupActor, takeSetupLink } from './setup.ts'

/** The people who operate the installation. */
export const operatorsOf = (context: StorageContext): Operators => ({
  isOperator: (personId) => isOperatorPerson(context, personId),
  list: (page) => listOperators(context, page),
  remove: (caller, personId) => removeOperator(context, caller, personId),
  completeSetup: (token, caller, given) => completeSetup(context, token, { ...caller, actor: setupActor }, given),
})

const selectOperators = ({ read }: StorageContext) =>
  read
    .selectFrom('operators')
    .innerJoin('people', 'people.id', 'operators.person_id')
    .select(['operators.person_id', 'people.name', 'people.email', 'operators.created_at_ms'])

async function isOperatorPerson(context: StorageContext, personId: string): Promise<boolean> {
  const row = await selectOperators(context)
    .where('operators.person_id', '=', personId)
    .where('operators.suspended', '=', 0)
    .where('people.suspended', '=', 0)
    .executeTakeFirst()
  return row !== undefined
}

async function listOperators(
  context: StorageContext,
  { cursor, limit }: Parameters<Operators['list']>[0],
): ReturnType<Operators['list']> {
  const listing = ['operators']
  const after = cursor === undefined ? null : readCursor(listing, cursor, momentPlace)
  if (after === undefined) return problem('invalid_cursor', 'Begin the listing anew, without a cursor.')
  const size = pageLimit(limit)
  let query = selectOperators(context)
    .orderBy('operators.created_at_ms')
    .orderBy('operators.person_id')
    .limit(size + 1)
  if (after !== null)
    query = query.where(comesAfter(after, 'oldest first', 'operators.created_at_ms', 'operators.person_id'))
  const { rows, nextCursor } = pageOf(await query.execute(), size, listing, (row) => [row.created_at_ms, row.person_id])
  const items = rows.map(
    ({ person_id, name, email, created_at_ms }): OperatorRecord => ({
      personId: person_id,
      name,
      email,
      createdAtMs: created_at_ms,
    }),
  )
  return { items, nextCursor }
}

const removeOperator = (context: StorageContext, caller: Caller, personId: string): ReturnType<Operators['remove']> =>
  context.write<null | Problem<'operator_not_found' | 'last_operator'>>(caller, async (transaction) => {
    const { database, append } = transaction
    const operators = await lockOperators(context, transaction)
    // Judged under the lock: of two who remove each other one is no operator any more.
    if (!(await mayOperate(transaction, caller.actor))) return problem('operator_not_found')
    if (isLastOperator(operators, personId)) return problem('last_operator')
    const { numDeletedRows } = await database
      .deleteFrom('operators')
      .where('person_id', '=', personId)
      .executeTakeFirst()
    if (numDeletedRows === 0n) return problem('operator_not_found')
    append({
      type: 'operator.deleted',
      accountId: null,
      target: { kind: 'operator', id: personId },
      scopes: [`person:${personId}`],
    })
    return null
  })

async function completeSetup(
  context: StorageContext,
  token: string,
  caller: Caller,
  { personId, personName, accountName }: Parameters<Operators['completeSetup']>[2],
): ReturnType<Operators['completeSetup']> {
  if (!isKeyText(token)) return problem('setup_closed')
  return await context.write<Awaited<ReturnType<Operators['completeSetup']>>>(caller, async (transaction) => {
    if (!(await takeSetupLink(context, transaction, token))) return problem('setup_closed')
    await insertOperator(transaction, personId, setupActor)
    if (accountName === null) return { accountId: null }
    return { accountId: await firstAccount(context, transaction, accountName, { personId, personName }) }
  })
}

/** Makes the first account, whose first member the person is where the configuration has roles. */
async function firstAccount(
  context: StorageContext,
  transaction: WriteTransaction,
  accountName: string,
  { personId, personName }: { readonly personId: string; readonly personName: string },
): Promise<string> {
  const name = cleanName(accountName)
  if ('fault' in name) throw new Error(`the name of the first account was let through: ${name.fault}`)
  const account = await insertAccount(context, transaction, { name: name.text })
  if (account === undefined) throw new Error('an account without externalId was refused')
  const { lastingRole, roles } = context.config()
  const role = lastingRole ?? roles[0]?.id
  if (role === undefined) return account.id
  const member = await insertMember(context, transaction, account.id, { personId, name: personName, role })
  if ('problem' in member) throw new Error('the first member of an account was refused')
  return account.id
}

import { type Problem, problem } from '@keywright/core'
import { lockAccount } from './account-rows.ts'
import { mayOperate } from './callers.ts'
import type { StorageContext, WriteTransaction } from './context.ts'
import { appendMemberEvent, type FullMemberRow, memberRecord, saveMember, selectMembers } from './member-rows.ts'
import { lastOfRoleProblem } from './member-rules.ts'
import { isLastOperator, lockOperators } from './operator-rows.ts'
import { lockPerson } from './person-lock.ts'
import type { Caller } from './ports.ts'
import type { Membership, Memberships } from './ports-team.ts'

/** How many memberships one transaction changes: each has an event, and a transaction appends 500. */
const membershipsPerTransactionMax = 400

/** What people are in accounts. */
export const membershipsOf = (context: StorageContext): Memberships => ({
  of: (personId) => membershipsOfPerson(context, personId),
  in: async (personId, accountId) => {
    const row = await selectMembers(context.read)
      .where('members.person_id', '=', personId)
      .where('members.account_id', '=', accountId)
      .where('members.state', '=', 'active')
      .where('people.suspended', '=', 0)
      .executeTakeFirst()
    return row === undefined ? undefined : memberRecord(row)
  },
  suspendAll: (caller, personId) => inSteps((first) => suspendStep(context, caller, personId, first)),
  resumeAll: async (caller, personId) => {
    const resumed = await inSteps((first) => resumeStep(context, caller, personId, first))
    if (typeof resumed !== 'number') throw new Error(`resuming answered ${resumed.problem}`)
    return resumed
  },
})

async function membershipsOfPerson({ read }: StorageContext, personId: string): Promise<readonly Membership[]> {
  const rows = await selectMembers(read)
    .innerJoin('accounts', 'accounts.id', 'members.account_id')
    .select(['accounts.name as account_name', 'accounts.state as account_state'])
    .where('members.person_id', '=', personId)
    .orderBy('accounts.name')
    .orderBy('accounts.id')
    .execute()
  return rows.map((row) => ({
    member: memberRecord(row),
    account: { id: row.account_id, name: row.account_name, state: row.account_state },
  }))
}

type Refusal = Problem<'last_member_of_role' | 'last_operator'>

interface Step {
  readonly changed: number
  readonly complete: boolean
}

/** Runs steps, each a transaction of its own, until one says that it was the last; answers how many memberships were changed. */
async function inSteps(step: (first: boolean) => Promise<Step | Refusal>): Promise<number | Refusal> {
  for (let changed = 0, first = true; ; first = false) {
    const done = await step(first)
    if ('problem' in done) return done
    changed += done.changed
    if (done.complete) return changed
  }
}

/** The members with their accounts locked, in one order for everybody, as they are under the locks. */
async function lockMembers(
  context: StorageContext,
  transaction: WriteTransaction,
  members: (database: WriteTransaction['database']) => Promise<readonly FullMemberRow[]>,
): Promise<readonly FullMemberRow[]> {
  const found = await members(transaction.database)
  for (const id of [...new Set(found.map((row) => row.account_id))].sort()) await lockAccount(context, transaction, id)
  // What was read before the locks may have changed while waiting for them.
  return await members(transaction.database)
}

const suspendStep = (
  context: StorageContext,
  caller: Caller,
  personId: string,
  first: boolean,
): Promise<Step | Refusal> =>
  context.write(caller, async (transaction): Promise<Step | Refusal> => {
    const { database } = transaction
    if ((await lockPerson(context, transaction, personId)) === undefined) return { changed: 0, complete: true }
    const members = await lockMembers(context, transaction, (reader) =>
      selectMembers(reader)
        .where('members.person_id', '=', personId)
        .where('members.state', '=', 'active')
        .orderBy('members.id')
        .execute(),
    )
    for (const row of members) {
      const last = await lastOfRoleProblem(context, transaction, row, { ...row, state: 'suspended' })
      if (last !== undefined) return last
    }
    const refused = first ? await suspendOperator(context, transaction, caller, personId) : undefined
    if (refused !== undefined) return refused
    const taken = members.slice(0, membershipsPerTransactionMax)
    for (const row of taken) await turn(transaction, row, 'suspended')
    if (taken.length > 0) {
      const rows = taken.map(({ id }) => ({ member_id: id, person_id: personId }))
      await database.insertInto('suspended_memberships').values(rows).execute()
    }
    return { changed: taken.length, complete: taken.length === members.length }
  })

/** Suspends a person as an operator; the installation keeps another one. */
async function suspendOperator(
  context: StorageContext,
  transaction: WriteTransaction,
  caller: Caller,
  personId: string,
): Promise<Problem<'last_operator'> | undefined> {
  const operators = await lockOperators(context, transaction)
  // Under the lock: of two who suspend each other one is no operator any more, and what it asks for is refused alike.
  if (!(await mayOperate(transaction, caller.actor)) || isLastOperator(operators, personId))
    return problem('last_operator')
  if (operators.personIds.includes(personId)) await turnOperator(transaction, personId, 1)
  return undefined
}

const resumeStep = (
  context: StorageContext,
  caller: Caller,
  personId: string,
  first: boolean,
): Promise<Step | Refusal> =>
  context.write(caller, async (transaction): Promise<Step> => {
    const { database } = transaction
    const person = await lockPerson(context, transaction, personId)
    if (person === undefined || !(await mayOperate(transaction, caller.actor))) return { changed: 0, complete: true }
    const members = await lockMembers(context, transaction, (reader) =>
      selectMembers(reader)
        .innerJoin('suspended_memberships', 'suspended_memberships.member_id', 'members.id')
        .where('suspended_memberships.person_id', '=', personId)
        .orderBy('members.id')
        .limit(membershipsPerTransactionMax + 1)
        .execute(),
    )
    const taken = members.slice(0, membershipsPerTransactionMax)
    for (const row of taken) await turn(transaction, row, 'active')
    const ids = taken.map(({ id }) => id)
    if (ids.length > 0) await database.deleteFrom('suspended_memberships').where('member_id', 'in', ids).execute()
    if (first) await resumeOperator(transaction, personId)
    return { changed: taken.length, complete: taken.length === members.length }
  })

async function resumeOperator(transaction: WriteTransaction, personId: string): Promise<void> {
  const row = await transaction.database
    .selectFrom('operators')
    .select('suspended')
    .where('person_id', '=', personId)
    .executeTakeFirst()
  if (row?.suspended === 1) await turnOperator(transaction, personId, 0)
}

/** The scopes of the event make every node forget the personal keys at once (T16). */
async function turn(transaction: WriteTransaction, row: FullMemberRow, state: FullMemberRow['state']): Promise<void> {
  await saveMember(transaction, { ...row, state, updated_at_ms: transaction.nowMs, version: row.version + 1 })
  appendMemberEvent(transaction, 'member.updated', row, { before: { state: row.state }, after: { state } })
}

async function turnOperator({ database, append }: WriteTransaction, personId: string, suspended: 0 | 1): Promise<void> {
  await database.updateTable('operators').set({ suspended }).where('person_id', '=', personId).execute()
  append({
    type: 'person.updated',
    accountId: null,
    target: { kind: 'person', id: personId },
    scopes: [`person:${personId}`],
    before: { operator: suspended === 1 ? 'active' : 'suspended' },
    after: { operator: suspended === 1 ? 'suspended' : 'active' },
  })
}

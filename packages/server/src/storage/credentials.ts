import { type Problem, type ProblemError, problem, type ResolvedConfig } from '@keywright/core'
import { mayOperate } from './callers.ts'
import type { StorageContext } from './context.ts'
import { credentialRecord, insertGenerated, removeCredential } from './credential-rows.ts'
import { pageLimit, pageOf, readCursor } from './cursor.ts'
import { answerIsGone, claimIdempotencyKey, rememberAnswer } from './idempotency.ts'
import { comesAfter, momentPlace } from './moment-order.ts'
import { cleanName } from './names.ts'
import { ensureOperatorKey } from './operator-key.ts'
import { isLastOperator, lockOperators } from './operator-rows.ts'
import type { Caller, Created, CredentialRecord, Credentials, Idempotency } from './ports.ts'

type Input = Parameters<Credentials['create']>[1]
type Creation = Awaited<ReturnType<Credentials['create']>>

/** The credentials of the adopter's programs and of operators. */
export const credentialsOf = (context: StorageContext): Credentials => ({
  create: (caller, input, idempotency) => createCredential(context, caller, input, idempotency),
  list: (page) => listCredentials(context, page),
  delete: (caller, id) => deleteCredential(context, caller, id),
  ensureOperator: (text) => ensureOperatorKey(context, text),
})

async function createCredential(
  context: StorageContext,
  caller: Caller,
  input: Input,
  idempotency: Idempotency | undefined,
): Promise<Creation> {
  const name = cleanName(input.name)
  if ('fault' in name) return problem('invalid_parameters', undefined, [{ pointer: '/name', detail: name.fault }])
  const errors = configurationErrors(context.config(), input)
  if (errors.length > 0) return problem('not_allowed_by_configuration', undefined, errors)
  return await context.write<Creation>(caller, async (transaction) => {
    if (!(await mayOperate(transaction, caller.actor))) return problem('forbidden')
    if (idempotency !== undefined) {
      const before = await claimIdempotencyKey(transaction, caller.actor, idempotency)
      if (before !== null) return 'problem' in before ? before : await replay(transaction.database, before.ids[0])
    }
    const { row, secret } = await insertGenerated(context, transaction, {
      kind: input.kind,
      name: name.text,
      environment: input.environment ?? null,
      audiences: [...new Set(input.audiences)].sort(),
      createdBy: { kind: caller.actor.kind, id: caller.actor.id },
    })
    if (idempotency !== undefined) await rememberAnswer(transaction, caller.actor, idempotency, [row.id])
    return { record: credentialRecord(row), secret, replayed: false }
  })
}

async function replay(
  database: StorageContext['read'],
  id: string | undefined,
): Promise<Created<CredentialRecord> | Problem<'idempotency_mismatch'>> {
  const row = await database
    .selectFrom('credentials')
    .selectAll()
    .where('id', '=', id ?? '')
    .executeTakeFirst()
  return row === undefined ? answerIsGone() : { record: credentialRecord(row), secret: null, replayed: true }
}

/** A verify credential is never wider than its program: it names the environment, where there are any, and the audiences it checks for. */
function configurationErrors(config: ResolvedConfig, { kind, environment, audiences = [] }: Input): ProblemError[] {
  if (kind === 'operator') {
    const detail = 'An operator credential is for everything: leave this out.'
    return [
      ...(environment === undefined ? [] : [{ pointer: '/environment', detail }]),
      ...(audiences.length === 0 ? [] : [{ pointer: '/audiences', detail }]),
    ]
  }
  const known = [...new Set(config.types.flatMap((type) => type.audiences))]
  const choice = `Name one or more of: ${known.join(', ')}.`
  return [
    ...environmentErrors(config, environment),
    ...(audiences.length === 0 ? [{ pointer: '/audiences', detail: choice }] : []),
    ...audiences.flatMap((audience, index) =>
      known.includes(audience)
        ? []
        : [{ pointer: `/audiences/${index}`, detail: `No type of keys reaches this. ${choice}` }],
    ),
  ]
}

function environmentErrors(config: ResolvedConfig, environment: string | undefined): ProblemError[] {
  const pointer = '/environment'
  if (config.environments.length === 0) {
    return environment === undefined
      ? []
      : [{ pointer, detail: 'The configuration has no environments: leave this out.' }]
  }
  if (environment !== undefined && config.environmentById.has(environment)) return []
  return [{ pointer, detail: `Name one of: ${config.environments.map(({ id }) => id).join(', ')}.` }]
}

async function listCredentials(
  { read }: StorageContext,
  page: Parameters<Credentials['list']>[0],
): ReturnType<Credentials['list']> {
  const listing = ['credentials']
  const after = page.cursor === undefined ? null : readCursor(listing, page.cursor, momentPlace)
  if (after === undefined) return problem('invalid_cursor')
  const limit = pageLimit(page.limit)
  let query = read
    .selectFrom('credentials')
    .selectAll()
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (after !== null) query = query.where(comesAfter(after, 'newest first', 'created_at_ms', 'id'))
  const { rows, nextCursor } = pageOf(await query.execute(), limit, listing, (row) => [row.created_at_ms, row.id])
  return { items: rows.map(credentialRecord), nextCursor }
}

const deleteCredential = (context: StorageContext, caller: Caller, id: string): ReturnType<Credentials['delete']> =>
  context.write<null | Problem<'credential_not_found' | 'last_operator'>>(caller, async (transaction) => {
    const { database } = transaction
    if (!(await mayOperate(transaction, caller.actor))) return problem('credential_not_found')
    const found = await database.selectFrom('credentials').selectAll().where('id', '=', id).executeTakeFirst()
    if (found === undefined) return problem('credential_not_found')
    if (found.kind === 'operator') {
      const operators = await lockOperators(context, transaction)
      if (!operators.credentialIds.includes(id)) return problem('credential_not_found')
      if (isLastOperator(operators, id)) return problem('last_operator')
    }
    await removeCredential(transaction, found)
    return null
  })

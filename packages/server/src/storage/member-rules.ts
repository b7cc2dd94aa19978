import { type Problem, type ProblemError, problem } from '@keywright/core'
import type { StorageContext, WriteTransaction } from './context.ts'
import { cleanName, externalIdFault } from './names.ts'
import type { MemberInput } from './ports.ts'
import type { MemberRow } from './schema.ts'

/** The name as it is kept; what is wrong with it is added to `errors`. */
export function memberName(name: string | null | undefined, errors: ProblemError[]): string | null {
  if (name === undefined || name === null) return null
  const clean = cleanName(name)
  if ('text' in clean) return clean.text
  errors.push({ pointer: '/name', detail: clean.fault })
  return null
}

/** The refusal of a role that the configuration does not have. */
export function roleProblem(
  context: StorageContext,
  role: string,
): Problem<'not_allowed_by_configuration'> | undefined {
  const { roleById, roles } = context.config()
  if (roleById.has(role)) return undefined
  const detail = `There is no such role. Name one of: ${roles.map(({ id }) => `"${id}"`).join(', ')}.`
  return problem('not_allowed_by_configuration', undefined, [{ pointer: '/role', detail }])
}

/** What is wrong with the identifiers of a new member. */
export function identifierErrors(input: MemberInput): readonly ProblemError[] {
  return (['externalId', 'personId'] as const).flatMap((member) => {
    const value = input[member]
    const fault = typeof value === 'string' ? externalIdFault(value) : undefined
    return fault === undefined ? [] : [{ pointer: `/${member}`, detail: fault }]
  })
}

/** The refusal of leaving an account without an active member of the role that must always remain. */
export async function lastOfRoleProblem(
  context: StorageContext,
  { database }: WriteTransaction,
  before: MemberRow,
  after: Pick<MemberRow, 'role' | 'state'> | null,
): Promise<Problem<'last_member_of_role'> | undefined> {
  const { lastingRole } = context.config()
  const counts = (row: Pick<MemberRow, 'role' | 'state'> | null) => row?.role === lastingRole && row?.state === 'active'
  if (lastingRole === null || !counts(before) || counts(after)) return undefined
  const other = await database
    .selectFrom('members')
    .select('id')
    .where('account_id', '=', before.account_id)
    .where('role', '=', lastingRole)
    .where('state', '=', 'active')
    .where('id', '!=', before.id)
    .executeTakeFirst()
  if (other !== undefined) return undefined
  return problem(
    'last_member_of_role',
    `This is the last active member with the role "${lastingRole}". Give the role to another member first.`,
  )
}

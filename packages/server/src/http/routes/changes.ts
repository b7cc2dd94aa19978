import { isProblem, type Problem, problem } from '@keywright/core'
import * as z from 'zod'
import type { Storage } from '../../storage/ports.ts'
import type { Identity } from '../actor.ts'
import { queryInteger, queryText } from '../fields.ts'
import { route } from '../route.ts'

const kinds = ['keys', 'usage', 'members', 'account', 'webhooks', 'notices'] as const

/** The refusal of what speaks of a whole account to a managing key, which sees only what lies within its own grant (T5). */
export const refuseKeys = ({ kind }: Identity): Problem<'forbidden'> | undefined =>
  kind === 'key' ? problem('forbidden', 'This speaks of all keys of the account, which no key may see.') : undefined

/** Whether a member is still what it was when it was let in. */
async function isAsItWas({ members }: Storage, actor: Identity): Promise<boolean> {
  if (actor.kind !== 'member') return true
  const member = await members.read(actor.accountId, actor.id)
  return !isProblem(member) && member.state === 'active' && member.role === actor.role
}

/** The route by which the page stays as the account is. */
export const changeRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/accounts/{account}/changes',
      operationId: 'awaitChanges',
      summary: 'Wait until something of an account changes',
      description:
        'Without `after` it answers at once, with a cursor. With it, the answer comes once something changed or the wait is over, and says what to read anew. Not for keys.',
      tag: 'Events',
      permission: { key: 'view' },
      query: z.strictObject({
        after: queryText(2_000).optional().describe('`cursor` of the answer before'),
        waitSeconds: queryInteger(0, 25).optional().describe('How long to wait at most; 0 where it is absent'),
      }),
      returns: z.object({ cursor: z.string(), changed: z.array(z.enum(kinds)) }),
      problems: ['account_not_found', 'invalid_cursor'],
    },
    async ({ params, actor, query, request }, { storage, closing }) => {
      const refused = refuseKeys(actor)
      if (refused !== undefined) return refused
      const signal = closing === undefined ? request.signal : AbortSignal.any([request.signal, closing])
      const wait = { waitMs: (query.waitSeconds ?? 0) * 1_000, signal }
      const answer = await storage.insights.changes(params.account, query.after ?? null, wait)
      if (isProblem(answer)) return answer
      // Who was let in before the wait may no longer look after it (T10): they learn nothing, and the gate judges the next question.
      if (query.after !== undefined && !(await isAsItWas(storage, actor))) return { cursor: query.after, changed: [] }
      return { cursor: answer.cursor, changed: [...answer.changed] }
    },
  ),
] as const

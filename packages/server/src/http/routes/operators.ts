import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { email, onlyReason, pageOf, pageQuery } from '../fields.ts'
import { reply, route } from '../route.ts'
import { sendInvitation } from '../sent-invitation.ts'
import { InvitationWire, invitationWire, OperatorWire, operatorWire, SentInvitationWire } from '../wire/invitation.ts'
import { pageWire } from '../wire/page.ts'

/** The routes of the people who operate, and of who is invited to. */
export const operatorRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/operators',
      operationId: 'listOperators',
      summary: 'List the people who operate the installation',
      tag: 'Operators',
      permission: 'operator',
      query: z.strictObject(pageQuery),
      returns: pageOf(OperatorWire),
      problems: ['invalid_cursor'],
    },
    async ({ query }, { storage }) => {
      return pageWire(await storage.operators.list(query), operatorWire)
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/operators/invitations',
      operationId: 'listOperatorInvitations',
      summary: 'List the invitations to operate that nobody has accepted yet',
      tag: 'Operators',
      permission: 'operator',
      query: z.strictObject(pageQuery),
      returns: pageOf(InvitationWire),
      problems: ['invalid_cursor'],
    },
    async ({ query }, { storage }) => {
      const page = await storage.invitations.list(null, query)
      if (!isProblem(page)) return { items: page.items.map(invitationWire), nextCursor: page.nextCursor }
      if (page.problem === 'account_not_found') throw new Error('invitations to operate are of no account')
      return { ...page, problem: page.problem }
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/operators/invitations',
      operationId: 'createOperatorInvitation',
      summary: 'Invite somebody to operate the installation',
      description: 'The answer holds the `link` this once, good for seven days.',
      tag: 'Operators',
      permission: 'operator',
      sensitive: true,
      body: z.strictObject({ email }),
      returns: SentInvitationWire,
      status: 201,
      problems: ['member_exists', 'invalid_parameters'],
    },
    async ({ caller, body }, deps) => {
      const made = await deps.storage.invitations.create(caller, null, { email: body.email, role: null })
      if (!isProblem(made)) {
        const location = `/v1/operators/invitations/${made.record.id}`
        return reply(await sendInvitation(deps, caller.actor, made), { location })
      }
      // The caller is an operator no longer.
      if (made.problem === 'account_not_found') return { problem: 'forbidden' }
      if (made.problem === 'not_allowed_by_configuration') throw new Error('operators have no role')
      return { ...made, problem: made.problem }
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/operators/invitations/{invitation}/renew',
      operationId: 'renewOperatorInvitation',
      summary: 'Give an invitation a new link and term; the earlier link stops working',
      tag: 'Operators',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: SentInvitationWire,
      problems: ['invitation_not_found'],
    },
    async ({ params, caller }, deps) => {
      const made = await deps.storage.invitations.renew(caller, null, params.invitation)
      return isProblem(made) ? made : sendInvitation(deps, caller.actor, made)
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/operators/invitations/{invitation}',
      operationId: 'deleteOperatorInvitation',
      summary: 'Withdraw an invitation; its link stops working',
      tag: 'Operators',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: z.null(),
      status: 204,
      problems: ['invitation_not_found'],
    },
    ({ params, caller }, { storage }) => storage.invitations.delete(caller, null, params.invitation),
  ),
  route(
    {
      method: 'delete',
      path: '/v1/operators/{operator}',
      operationId: 'deleteOperator',
      summary: 'Make a person an operator no longer',
      description: 'The parameter is the id of the person. One operator, a person or a credential, always remains.',
      tag: 'Operators',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: z.null(),
      status: 204,
      problems: ['operator_not_found', 'last_operator'],
    },
    ({ params, caller }, { storage }) => storage.operators.remove(caller, params.operator),
  ),
] as const

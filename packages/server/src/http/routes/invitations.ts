import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { configId, email, onlyReason, pageOf, pageQuery } from '../fields.ts'
import { reply, route } from '../route.ts'
import { sendInvitation } from '../sent-invitation.ts'
import { InvitationWire, invitationWire, SentInvitationWire } from '../wire/invitation.ts'
import { pageWire } from '../wire/page.ts'

/** The routes of the invitations to an account. */
export const invitationRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/accounts/{account}/invitations',
      operationId: 'listInvitations',
      summary: 'List the invitations to an account that nobody has accepted yet',
      tag: 'Invitations',
      permission: { members: 'manage' },
      query: z.strictObject(pageQuery),
      returns: pageOf(InvitationWire),
      problems: ['account_not_found', 'invalid_cursor'],
    },
    async ({ params, query }, { storage }) => {
      return pageWire(await storage.invitations.list(params.account, query), invitationWire)
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/accounts/{account}/invitations',
      operationId: 'createInvitation',
      summary: 'Invite somebody to an account',
      description:
        'The answer holds the `link` this once, good for seven days. Inviting the same address again replaces the earlier invitation.',
      tag: 'Invitations',
      permission: { members: 'manage' },
      sensitive: true,
      body: z.strictObject({ email, role: configId }),
      returns: SentInvitationWire,
      status: 201,
      problems: ['account_not_found', 'member_exists', 'not_allowed_by_configuration', 'invalid_parameters'],
    },
    async ({ params, caller, body }, deps) => {
      const made = await deps.storage.invitations.create(caller, params.account, body)
      if (isProblem(made)) return made
      const location = `/v1/accounts/${params.account}/invitations/${made.record.id}`
      return reply(await sendInvitation(deps, caller.actor, made), { location })
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/accounts/{account}/invitations/{invitation}/renew',
      operationId: 'renewInvitation',
      summary: 'Give an invitation a new link and term; the earlier link stops working',
      tag: 'Invitations',
      permission: { members: 'manage' },
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: SentInvitationWire,
      problems: ['invitation_not_found'],
    },
    async ({ params, caller }, deps) => {
      const made = await deps.storage.invitations.renew(caller, params.account, params.invitation)
      return isProblem(made) ? made : sendInvitation(deps, caller.actor, made)
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/accounts/{account}/invitations/{invitation}',
      operationId: 'deleteInvitation',
      summary: 'Withdraw an invitation; its link stops working',
      tag: 'Invitations',
      permission: { members: 'manage' },
      body: onlyReason,
      bodyOptional: true,
      returns: z.null(),
      status: 204,
      problems: ['invitation_not_found'],
    },
    ({ params, caller }, { storage }) => storage.invitations.delete(caller, params.account, params.invitation),
  ),
] as const

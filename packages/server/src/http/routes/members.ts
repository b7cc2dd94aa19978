import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { configId, externalId, name, onlyReason, pageOf, pageQuery } from '../fields.ts'
import { reply, route } from '../route.ts'
import { MemberWire, memberWire } from '../wire/account.ts'
import { pageWire } from '../wire/page.ts'

const Creation = z.strictObject({
  externalId: externalId.nullable().optional(),
  name: name.nullable().optional(),
  role: configId,
})

const Change = z.strictObject({
  role: configId.optional(),
  state: z.enum(['active', 'suspended']).optional(),
  name: name.nullable().optional(),
})

/** The routes of an account's members. */
export const memberRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/accounts/{account}/members',
      operationId: 'createMember',
      summary: 'Add a member to an account',
      tag: 'Members',
      permission: { members: 'manage' },
      sensitive: true,
      body: Creation,
      returns: MemberWire,
      status: 201,
      problems: ['account_not_found', 'member_exists', 'not_allowed_by_configuration', 'invalid_parameters'],
    },
    async ({ params, caller, body }, { storage }) => {
      const member = await storage.members.create(caller, params.account, body)
      if (isProblem(member)) return member
      const location = `/v1/accounts/${member.accountId}/members/${member.id}`
      return reply(memberWire(member), { etag: member.version, location })
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/accounts/{account}/members',
      operationId: 'listMembers',
      summary: 'List the members of an account',
      tag: 'Members',
      permission: { members: 'view' },
      query: z.strictObject(pageQuery),
      returns: pageOf(MemberWire),
      problems: ['account_not_found', 'invalid_cursor'],
    },
    async ({ params, query }, { storage }) => {
      return pageWire(await storage.members.list(params.account, query), memberWire)
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/accounts/{account}/members/{member}',
      operationId: 'readMember',
      summary: 'Read one member',
      tag: 'Members',
      permission: { members: 'view' },
      returns: MemberWire,
      problems: ['member_not_found'],
    },
    async ({ params }, { storage }) => {
      const member = await storage.members.read(params.account, params.member)
      return isProblem(member) ? member : reply(memberWire(member), { etag: member.version })
    },
  ),
  route(
    {
      method: 'patch',
      path: '/v1/accounts/{account}/members/{member}',
      operationId: 'updateMember',
      summary: "Change a member's role, state or name",
      tag: 'Members',
      permission: { members: 'manage' },
      sensitive: true,
      body: Change,
      returns: MemberWire,
      problems: ['member_not_found', 'last_member_of_role', 'not_allowed_by_configuration', 'invalid_parameters'],
      ifMatch: true,
    },
    async ({ params, caller, body, ifMatch }, { storage }) => {
      const member = await storage.members.update(caller, params.account, params.member, body, ifMatch)
      return isProblem(member) ? member : reply(memberWire(member), { etag: member.version })
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/accounts/{account}/members/{member}',
      operationId: 'deleteMember',
      summary: 'Remove a member, or leave; the keys that belong to it stop being accepted',
      tag: 'Members',
      permission: { members: 'manage or leave' },
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: z.null(),
      status: 204,
      problems: ['member_not_found', 'last_member_of_role'],
    },
    ({ params, caller }, { storage }) => storage.members.delete(caller, params.account, params.member),
  ),
] as const

import { isProblem, type Problem, problem } from '@keywright/core'
import * as z from 'zod'
import type { AccountInput } from '../../storage/ports.ts'
import { configId, externalId, momentIn, name, onlyReason, pageOf, pageQuery, queryText } from '../fields.ts'
import { reply, route } from '../route.ts'
import { AccountInForceWire, AccountWire, accountInForceWire, accountWire } from '../wire/account.ts'
import { limitOverridesIn, toLimitOverride } from '../wire/limit.ts'
import { pageWire } from '../wire/page.ts'

const settable = {
  externalId: externalId.nullable().optional().describe("The adopter's own id of the account; unique"),
  plan: configId.optional(),
  overrides: limitOverridesIn.optional(),
  activeKeys: z
    .strictObject({ max: z.int().min(0).max(1_000_000).nullable(), until: momentIn.nullable().optional() })
    .nullable()
    .optional()
    .describe("Replaces the plan's cap on active keys; `max: null`: no cap"),
} as const

const Creation = z.strictObject({ name: name, ...settable })
const Change = z.strictObject({ name: name.optional(), ...settable })

type Change = z.output<typeof Change>

function toInput({ overrides, activeKeys, ...rest }: Change): Partial<AccountInput> {
  return {
    ...(rest.name === undefined ? {} : { name: rest.name }),
    ...(rest.externalId === undefined ? {} : { externalId: rest.externalId }),
    ...(rest.plan === undefined ? {} : { plan: rest.plan }),
    ...(overrides === undefined ? {} : { overrides: overrides.map(toLimitOverride) }),
    ...(activeKeys === undefined
      ? {}
      : {
          activeKeysOverride: activeKeys === null ? null : { max: activeKeys.max, untilMs: activeKeys.until ?? null },
        }),
  }
}

const onlyOperators = (fields: readonly string[]): Problem<'forbidden'> => {
  const errors = fields.map((field) => ({ pointer: `#/${field}`, detail: 'Only operators change this. Leave it out.' }))
  return problem('forbidden', undefined, errors)
}

/** The routes of accounts. */
export const accountRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/accounts',
      operationId: 'createAccount',
      summary: 'Create an account',
      tag: 'Accounts',
      permission: 'operator',
      body: Creation,
      returns: AccountWire,
      status: 201,
      problems: ['account_exists', 'not_allowed_by_configuration', 'invalid_parameters'],
      idempotencyKey: true,
    },
    async ({ caller, body, idempotency }, { storage }) => {
      const created = await storage.accounts.create(caller, { ...toInput(body), name: body.name }, idempotency)
      if (isProblem(created)) return created
      const { record, replayed } = created
      return reply(accountWire(record), { etag: record.version, location: `/v1/accounts/${record.id}`, replayed })
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/accounts',
      operationId: 'listAccounts',
      summary: 'List accounts',
      tag: 'Accounts',
      permission: 'operator',
      query: z.strictObject({ ...pageQuery, search: queryText(200).optional(), externalId: queryText(255).optional() }),
      returns: pageOf(AccountWire),
      problems: ['invalid_cursor'],
    },
    async ({ query }, { storage }) => {
      return pageWire(await storage.accounts.list(query), accountWire)
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/accounts/{account}',
      operationId: 'readAccount',
      summary: 'Read one account',
      tag: 'Accounts',
      permission: { members: 'view' },
      returns: AccountInForceWire,
      problems: ['account_not_found'],
    },
    async ({ params }, { storage }) => {
      const account = await storage.accounts.read(params.account)
      if (isProblem(account)) return account
      const inForce = await storage.insights.accountLimits(account.id)
      return isProblem(inForce) ? inForce : reply(accountInForceWire(account, inForce), { etag: account.version })
    },
  ),
  route(
    {
      method: 'patch',
      path: '/v1/accounts/{account}',
      operationId: 'updateAccount',
      summary: 'Change an account',
      description:
        'What is absent stays, `null` clears, a value sets. Members who manage members may change the name; the rest is for operators.',
      tag: 'Accounts',
      permission: { members: 'manage' },
      body: Change,
      returns: AccountWire,
      problems: ['account_not_found', 'account_exists', 'not_allowed_by_configuration', 'invalid_parameters'],
      ifMatch: true,
    },
    async ({ params, actor, caller, body, ifMatch }, { storage }) => {
      const beyond = actor.kind === 'operator' ? [] : Object.keys(body).filter((field) => field !== 'name')
      if (beyond.length > 0) return onlyOperators(beyond)
      const account = await storage.accounts.update(caller, params.account, toInput(body), ifMatch)
      return isProblem(account) ? account : reply(accountWire(account), { etag: account.version })
    },
  ),
  route(
    {
      method: 'delete',
      path: '/v1/accounts/{account}',
      operationId: 'deleteAccount',
      summary: 'Delete an account and all that belongs to it',
      tag: 'Accounts',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: z.null(),
      status: 204,
      problems: ['account_not_found'],
      ifMatch: true,
    },
    ({ params, caller, ifMatch }, { storage }) => storage.accounts.delete(caller, params.account, ifMatch),
  ),
  route(
    {
      method: 'post',
      path: '/v1/accounts/{account}/suspend',
      operationId: 'suspendAccount',
      summary: 'Suspend an account: its keys stop being accepted',
      tag: 'Accounts',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: AccountWire,
      problems: ['account_not_found', 'account_suspended'],
    },
    async ({ params, caller }, { storage }) => {
      const account = await storage.accounts.suspend(caller, params.account)
      return isProblem(account) ? account : reply(accountWire(account), { etag: account.version })
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/accounts/{account}/resume',
      operationId: 'resumeAccount',
      summary: 'Resume a suspended account',
      tag: 'Accounts',
      permission: 'operator',
      body: onlyReason,
      bodyOptional: true,
      returns: AccountWire,
      problems: ['account_not_found', 'account_not_suspended'],
    },
    async ({ params, caller }, { storage }) => {
      const account = await storage.accounts.resume(caller, params.account)
      return isProblem(account) ? account : reply(accountWire(account), { etag: account.version })
    },
  ),
] as const

import { containsKeyText, isProblem, type Problem, problem } from '@keywright/core'
import * as z from 'zod'
import type { Caller, PageRequest } from '../../storage/ports.ts'
import type { RouteDeps } from '../deps.ts'
import { description, onlyReason, pageOf, pageQuery, reason } from '../fields.ts'
import { reply, route } from '../route.ts'
import { pageWire } from '../wire/page.ts'
import { SecretWebhookWire, WebhookWire, webhookWire } from '../wire/webhook.ts'

const url = z
  .string()
  .min(1)
  .max(2_048)
  .refine((text) => !containsKeyText(text), 'It holds what looks like a secret key; leave it out.')
const settable = {
  description: description.nullable().optional(),
  events: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(100)
    .nullable()
    .optional()
    .describe('Types of events, such as `key.revoked`; `null` or absent: all that there are for it'),
} as const

const Creation = z.strictObject({ url, ...settable })
const Change = z.strictObject({
  url: url.optional(),
  ...settable,
  state: z.enum(['active', 'paused']).optional().describe('`active` also takes a disabled one into service again'),
  reason: reason.optional(),
})
const Rotation = z.strictObject({
  overlapSeconds: z.int().min(0).max(604_800).describe('How long messages are signed with the old secret as well'),
})

/** Which webhooks a request is about: an account's, or (`null`) the installation's. */
type Owner = string | null

const refusedAddress = (detail: string): Problem<'webhook_address_refused'> =>
  problem('webhook_address_refused', undefined, [{ pointer: '/url', detail }])

const baseOf = (owner: Owner): string => (owner === null ? '/v1/webhooks' : `/v1/accounts/${owner}/webhooks`)

async function create(
  { storage, webhookFault }: RouteDeps,
  caller: Caller,
  owner: Owner,
  body: z.output<typeof Creation>,
) {
  const fault = await webhookFault(body.url)
  if (fault !== undefined) return refusedAddress(fault)
  const created = await storage.webhooks.create(caller, owner, body)
  if (isProblem(created)) return created
  const { record, secret } = created
  return reply({ ...webhookWire(record), secret: secret.expose() }, { location: `${baseOf(owner)}/${record.id}` })
}

async function list({ storage }: RouteDeps, owner: Owner, query: PageRequest) {
  return pageWire(await storage.webhooks.list(owner, query), webhookWire)
}

async function update(
  { storage, webhookFault }: RouteDeps,
  caller: Caller,
  { owner, id }: { readonly owner: Owner; readonly id: string },
  { url, description, events, state }: z.output<typeof Change>,
) {
  const change = { url, description, events, state }
  const fault = change.url === undefined ? undefined : await webhookFault(change.url)
  if (fault !== undefined) return refusedAddress(fault)
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const record = await storage.webhooks.update(caller, owner, id, given)
  return isProblem(record) ? record : webhookWire(record)
}

async function rotate(
  { storage }: RouteDeps,
  caller: Caller,
  { owner, id }: { readonly owner: Owner; readonly id: string },
  overlapSeconds: number,
) {
  const rotated = await storage.webhooks.rotateSecret(caller, owner, id, overlapSeconds)
  if (isProblem(rotated)) return rotated
  return { ...webhookWire(rotated.record), secret: rotated.secret.expose() }
}

const creating = {
  method: 'post',
  tag: 'Webhooks',
  sensitive: true,
  body: Creation,
  returns: SecretWebhookWire,
  status: 201,
  problems: ['account_not_found', 'webhook_address_refused', 'webhooks_cap', 'invalid_parameters'],
} as const
const listing = {
  method: 'get',
  tag: 'Webhooks',
  query: z.strictObject(pageQuery),
  returns: pageOf(WebhookWire),
  problems: ['account_not_found', 'invalid_cursor'],
} as const
const updating = {
  method: 'patch',
  tag: 'Webhooks',
  sensitive: true,
  body: Change,
  returns: WebhookWire,
  problems: ['webhook_not_found', 'webhook_address_refused', 'invalid_parameters'],
} as const
const deleting = {
  method: 'delete',
  tag: 'Webhooks',
  body: onlyReason,
  bodyOptional: true,
  returns: z.null(),
  status: 204,
  problems: ['webhook_not_found'],
} as const
const rotating = {
  method: 'post',
  tag: 'Webhooks',
  sensitive: true,
  body: Rotation,
  returns: SecretWebhookWire,
  problems: ['webhook_not_found', 'invalid_parameters'],
} as const

const account = { permission: { members: 'manage' } } as const
const installation = { permission: 'operator' } as const

/** The routes of webhooks: those of an account, and those of the whole installation. */
export const webhookRoutes = [
  route(
    {
      ...creating,
      ...account,
      path: '/v1/accounts/{account}/webhooks',
      operationId: 'createWebhook',
      summary: 'Have what happens in an account sent to an address',
    },
    ({ params, caller, body }, deps) => create(deps, caller, params.account, body),
  ),
  route(
    {
      ...listing,
      ...account,
      path: '/v1/accounts/{account}/webhooks',
      operationId: 'listWebhooks',
      summary: 'List the webhooks of an account',
    },
    ({ params, query }, deps) => list(deps, params.account, query),
  ),
  route(
    {
      ...updating,
      ...account,
      path: '/v1/accounts/{account}/webhooks/{webhook}',
      operationId: 'updateWebhook',
      summary: 'Change a webhook, pause it or resume it',
    },
    ({ params, caller, body }, deps) => update(deps, caller, { owner: params.account, id: params.webhook }, body),
  ),
  route(
    {
      ...deleting,
      ...account,
      path: '/v1/accounts/{account}/webhooks/{webhook}',
      operationId: 'deleteWebhook',
      summary: 'Delete a webhook with everything that waits for it',
    },
    ({ params, caller }, { storage }) => storage.webhooks.delete(caller, params.account, params.webhook),
  ),
  route(
    {
      ...rotating,
      ...account,
      path: '/v1/accounts/{account}/webhooks/{webhook}/secret',
      operationId: 'rotateWebhookSecret',
      summary: 'Give a webhook a new signing secret',
    },
    ({ params, caller, body }, deps) =>
      rotate(deps, caller, { owner: params.account, id: params.webhook }, body.overlapSeconds),
  ),
  route(
    {
      ...creating,
      ...installation,
      path: '/v1/webhooks',
      operationId: 'createInstallationWebhook',
      summary: 'Have everything that happens sent to an address',
    },
    ({ caller, body }, deps) => create(deps, caller, null, body),
  ),
  route(
    {
      ...listing,
      ...installation,
      path: '/v1/webhooks',
      operationId: 'listInstallationWebhooks',
      summary: 'List the webhooks of the installation',
    },
    ({ query }, deps) => list(deps, null, query),
  ),
  route(
    {
      ...updating,
      ...installation,
      path: '/v1/webhooks/{webhook}',
      operationId: 'updateInstallationWebhook',
      summary: 'Change a webhook of the installation, pause it or resume it',
    },
    ({ params, caller, body }, deps) => update(deps, caller, { owner: null, id: params.webhook }, body),
  ),
  route(
    {
      ...deleting,
      ...installation,
      path: '/v1/webhooks/{webhook}',
      operationId: 'deleteInstallationWebhook',
      summary: 'Delete a webhook of the installation with everything that waits for it',
    },
    ({ params, caller }, { storage }) => storage.webhooks.delete(caller, null, params.webhook),
  ),
  route(
    {
      ...rotating,
      ...installation,
      path: '/v1/webhooks/{webhook}/secret',
      operationId: 'rotateInstallationWebhookSecret',
      summary: 'Give a webhook of the installation a new signing secret',
    },
    ({ params, caller, body }, deps) => rotate(deps, caller, { owner: null, id: params.webhook }, body.overlapSeconds),
  ),
] as const

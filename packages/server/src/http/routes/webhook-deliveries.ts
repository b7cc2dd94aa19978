import { isProblem } from '@keywright/core'
import * as z from 'zod'
import type { Caller } from '../../storage/ports.ts'
import type { RouteDeps } from '../deps.ts'
import { momentIn, pageOf, pageQuery } from '../fields.ts'
import { route } from '../route.ts'
import { pageWire } from '../wire/page.ts'
import { DeliveryWire, deliveryWire } from '../wire/webhook.ts'

const Nothing = z.strictObject({})
const Since = z.strictObject({ since: momentIn.describe('At most thirty days ago') })
const Queued = z.object({ queued: z.int().describe('How many messages will be sent') })
const Filter = z.strictObject({ ...pageQuery, state: z.enum(['pending', 'delivered', 'failed']).optional() })

interface Target {
  readonly owner: string | null
  readonly id: string
}

async function list({ storage }: RouteDeps, { owner, id }: Target, query: z.output<typeof Filter>) {
  return pageWire(await storage.webhooks.deliveries(owner, id, query), deliveryWire)
}

async function test({ storage }: RouteDeps, caller: Caller, { owner, id }: Target) {
  const delivery = await storage.webhooks.test(caller, owner, id)
  return isProblem(delivery) ? delivery : deliveryWire(delivery)
}

async function replay({ storage }: RouteDeps, caller: Caller, { owner, id }: Target, deliveryId: string) {
  const delivery = await storage.webhooks.replay(caller, owner, id, deliveryId)
  return isProblem(delivery) ? delivery : deliveryWire(delivery)
}

const listing = {
  method: 'get',
  tag: 'Webhooks',
  query: Filter,
  returns: pageOf(DeliveryWire),
  problems: ['webhook_not_found', 'invalid_cursor'],
} as const
const testing = {
  method: 'post',
  tag: 'Webhooks',
  description:
    'A message of the type `webhook.test`, tried once whatever the state of the webhook; at most ten a minute.',
  body: Nothing,
  bodyOptional: true,
  returns: DeliveryWire,
  problems: ['webhook_not_found', 'too_many_requests'],
} as const
const replaying = {
  method: 'post',
  tag: 'Webhooks',
  description: 'It keeps its id, so that a receiver that has it already can tell.',
  body: Nothing,
  bodyOptional: true,
  returns: DeliveryWire,
  problems: ['webhook_not_found', 'delivery_not_found'],
} as const
const replayingSince = {
  method: 'post',
  tag: 'Webhooks',
  description: 'Also what happened while the webhook was disabled. Messages that were sent before keep their ids.',
  body: Since,
  returns: Queued,
  problems: ['webhook_not_found'],
} as const

const account = { permission: { members: 'manage' } } as const
const installation = { permission: 'operator' } as const

const ofAccount = (params: { readonly account: string; readonly webhook: string }): Target => ({
  owner: params.account,
  id: params.webhook,
})
const ofInstallation = (params: { readonly webhook: string }): Target => ({ owner: null, id: params.webhook })

/** The routes of what webhooks were sent. */
export const webhookDeliveryRoutes = [
  route(
    {
      ...testing,
      ...account,
      path: '/v1/accounts/{account}/webhooks/{webhook}/test',
      operationId: 'testWebhook',
      summary: 'Send a test to a webhook',
    },
    ({ params, caller }, deps) => test(deps, caller, ofAccount(params)),
  ),
  route(
    {
      ...listing,
      ...account,
      path: '/v1/accounts/{account}/webhooks/{webhook}/deliveries',
      operationId: 'listWebhookDeliveries',
      summary: 'List what a webhook was sent, newest first',
    },
    ({ params, query }, deps) => list(deps, ofAccount(params), query),
  ),
  route(
    {
      ...replaying,
      ...account,
      path: '/v1/accounts/{account}/webhooks/{webhook}/deliveries/{delivery}/replay',
      operationId: 'replayWebhookDelivery',
      summary: 'Send one message again',
    },
    ({ params, caller }, deps) => replay(deps, caller, ofAccount(params), params.delivery),
  ),
  route(
    {
      ...replayingSince,
      ...account,
      path: '/v1/accounts/{account}/webhooks/{webhook}/replay',
      operationId: 'replayWebhook',
      summary: 'Send everything since a moment again',
    },
    ({ params, caller, body }, { storage }) =>
      storage.webhooks.replaySince(caller, params.account, params.webhook, body.since),
  ),
  route(
    {
      ...testing,
      ...installation,
      path: '/v1/webhooks/{webhook}/test',
      operationId: 'testInstallationWebhook',
      summary: 'Send a test to a webhook of the installation',
    },
    ({ params, caller }, deps) => test(deps, caller, ofInstallation(params)),
  ),
  route(
    {
      ...listing,
      ...installation,
      path: '/v1/webhooks/{webhook}/deliveries',
      operationId: 'listInstallationWebhookDeliveries',
      summary: 'List what a webhook of the installation was sent, newest first',
    },
    ({ params, query }, deps) => list(deps, ofInstallation(params), query),
  ),
  route(
    {
      ...replaying,
      ...installation,
      path: '/v1/webhooks/{webhook}/deliveries/{delivery}/replay',
      operationId: 'replayInstallationWebhookDelivery',
      summary: 'Send one message of a webhook of the installation again',
    },
    ({ params, caller }, deps) => replay(deps, caller, ofInstallation(params), params.delivery),
  ),
  route(
    {
      ...replayingSince,
      ...installation,
      path: '/v1/webhooks/{webhook}/replay',
      operationId: 'replayInstallationWebhook',
      summary: 'Send everything since a moment to a webhook of the installation again',
    },
    ({ params, caller, body }, { storage }) => storage.webhooks.replaySince(caller, null, params.webhook, body.since),
  ),
] as const

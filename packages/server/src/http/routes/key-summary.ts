import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { route } from '../route.ts'
import { KeyWire, keyWire } from '../wire/key.ts'
import { refuseKeys } from './changes.ts'

const Summary = z
  .object({
    states: z.object({ active: z.int(), paused: z.int(), revoked: z.int(), expired: z.int() }),
    cap: z
      .object({ used: z.int(), max: z.int().nullable() })
      .describe('A key and those that rotation made of it count once'),
    unused30Days: z.int(),
    unused90Days: z.int(),
    unrestricted: z.int(),
    expiring7Days: z.int(),
    dueForRotation: z.int(),
    rotating: z.int().describe('Older keys of a rotation that still work'),
  })
  .meta({ id: 'KeySummary', description: 'All but `states` count active keys; each number is a filter of the list' })

/** The routes that say of all keys of an account what the list says of each. */
export const keySummaryRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/accounts/{account}/keys/summary',
      operationId: 'readKeySummary',
      summary: 'Read at one glance how the keys of an account are',
      description: 'Not for keys: it counts what a managing key may not see.',
      tag: 'Keys',
      permission: { key: 'view' },
      returns: Summary,
      problems: ['account_not_found'],
    },
    async ({ params, actor }, { storage }) => refuseKeys(actor) ?? (await storage.insights.summary(params.account)),
  ),
  route(
    {
      method: 'post',
      path: '/v1/accounts/{account}/keys/find',
      operationId: 'findKey',
      summary: 'Find the key of an account that has exactly this text',
      description: 'For whoever found a key in a file or a log. The text is neither kept nor logged. Not for keys.',
      tag: 'Keys',
      permission: { key: 'view' },
      body: z.strictObject({ secret: z.string().min(1).max(255) }),
      returns: KeyWire,
      problems: ['key_not_found'],
    },
    async ({ params, actor, body }, { storage }) => {
      const refused = refuseKeys(actor)
      if (refused !== undefined) return refused
      const key = await storage.insights.find(params.account, body.secret.trim())
      return isProblem(key) ? key : keyWire(key)
    },
  ),
] as const

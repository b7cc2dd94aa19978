import { type EventType, events, isProblem, problem } from '@keywright/core'
import * as z from 'zod'
import { confine } from '../authorization.ts'
import { id, pageOf, pageQuery } from '../fields.ts'
import { route } from '../route.ts'
import { EventWire, eventWire } from '../wire/event.ts'
import { pageWire } from '../wire/page.ts'

const types = Object.keys(events) as [EventType, ...EventType[]]

/** The route of the log. */
export const eventRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/events',
      operationId: 'listEvents',
      summary: 'List the log, newest first',
      description:
        'Operators see everything, members what concerns their account. Managing keys read the events of single keys instead.',
      tag: 'Events',
      permission: { key: 'view' },
      query: z.strictObject({
        ...pageQuery,
        account: id.optional(),
        key: id.optional(),
        type: z.enum(types).optional(),
      }),
      returns: pageOf(EventWire),
      problems: ['forbidden', 'account_not_found', 'invalid_cursor'],
    },
    async ({ actor, query: { account, key, type, cursor, limit } }, { storage }) => {
      // The log of an account also tells of keys that hold more than this one.
      if (actor.kind === 'key') return problem('forbidden', 'Read the events of single keys instead.')
      const accountId = confine(actor, account)
      if (isProblem(accountId)) return accountId
      return pageWire(await storage.log.list({ accountId, keyId: key, type }, { cursor, limit }), (entry) =>
        eventWire(entry, actor),
      )
    },
  ),
] as const

import { problem } from '@keywright/core'
import * as z from 'zod'
import { pageOf, pageQuery } from '../fields.ts'
import { route } from '../route.ts'
import { pageWire } from '../wire/page.ts'
import { NoticeWire, noticeWire } from '../wire/webhook.ts'

/** The route of notices. */
export const noticeRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/accounts/{account}/notices',
      operationId: 'listNotices',
      summary: 'List what an account was told about its keys, newest first',
      description: 'Kept for ninety days. Managing keys read the keys themselves instead.',
      tag: 'Notices',
      permission: { key: 'view' },
      query: z.strictObject(pageQuery),
      returns: pageOf(NoticeWire),
      problems: ['account_not_found', 'invalid_cursor'],
    },
    async ({ actor, params, query }, { storage }) => {
      // Notices also tell of keys that hold more than this one.
      if (actor.kind === 'key') return problem('forbidden', 'Read the keys themselves instead.')
      return pageWire(await storage.notices.list(params.account, query), noticeWire)
    },
  ),
] as const

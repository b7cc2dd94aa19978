import { isProblem, problem } from '@keywright/core'
import * as z from 'zod'
import { moment, momentIn, momentOf, pageOf, pageQuery } from '../fields.ts'
import { route } from '../route.ts'
import { EventWire, eventWire } from '../wire/event.ts'
import { pageWire } from '../wire/page.ts'

const dayMs = 86_400_000
const rangeDaysMax = 92
const rangeDaysDefault = 7

const Usage = z
  .object({
    from: moment,
    to: moment,
    granularity: z.enum(['hour', 'day']),
    buckets: z.array(z.object({ start: moment, code: z.string(), tag: z.string(), count: z.int() })),
    totals: z.object({ accepted: z.int(), refused: z.int() }),
  })
  .meta({ id: 'Usage' })

const Activity = z
  .object({
    at: moment,
    code: z.string(),
    permission: z.string().nullable(),
    network: z.string().nullable(),
    userAgent: z.string().nullable(),
    tag: z.string().nullable(),
  })
  .meta({ id: 'Activity' })

const countOf = (buckets: readonly { readonly count: number }[]): number =>
  buckets.reduce((sum, { count }) => sum + count, 0)

/** The routes that show what a key was used for and what was done to it. */
export const keyUsageRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/keys/{key}/usage',
      operationId: 'readKeyUsage',
      summary: "Read a key's usage over time",
      description: `Checks by outcome and tag. At most ${rangeDaysMax} days; the last ${rangeDaysDefault} where nothing is asked.`,
      tag: 'Usage',
      permission: { key: 'view' },
      query: z.strictObject({
        from: momentIn.optional(),
        to: momentIn.optional(),
        granularity: z.enum(['hour', 'day']).optional().describe('`day` where it is absent'),
      }),
      returns: Usage,
      problems: ['key_not_found', 'invalid_parameters'],
    },
    async ({ params, query }, { storage, clock }) => {
      const toMs = query.to ?? clock.wallMs()
      const fromMs = query.from ?? toMs - rangeDaysDefault * dayMs
      const granularity = query.granularity ?? 'day'
      if (fromMs < 0 || fromMs >= toMs)
        return problem('invalid_parameters', undefined, [{ parameter: 'from', detail: 'Must be before to.' }])
      if (toMs - fromMs > rangeDaysMax * dayMs) {
        return problem('invalid_parameters', undefined, [
          { parameter: 'from', detail: `At most ${rangeDaysMax} days before to.` },
        ])
      }
      const key = await storage.keys.read(params.key)
      if (isProblem(key)) return key
      const buckets = await storage.usage.read(key.id, { fromMs, toMs, granularity })
      return {
        from: momentOf(fromMs),
        to: momentOf(toMs),
        granularity,
        buckets: buckets.map(({ startMs, code, tag, count }) => ({ start: momentOf(startMs), code, tag, count })),
        totals: {
          accepted: countOf(buckets.filter(({ code }) => code === 'VALID')),
          refused: countOf(buckets.filter(({ code }) => code !== 'VALID')),
        },
      }
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/keys/{key}/activity',
      operationId: 'listKeyActivity',
      summary: "List a key's newest checks",
      tag: 'Usage',
      permission: { key: 'view' },
      query: z.strictObject(pageQuery),
      returns: pageOf(Activity),
      problems: ['key_not_found', 'invalid_cursor'],
    },
    async ({ params, query }, { storage }) => {
      const key = await storage.keys.read(params.key)
      if (isProblem(key)) return key
      return pageWire(await storage.usage.activity(key.id, query), ({ atMs, ...rest }) => ({
        ...rest,
        at: momentOf(atMs),
      }))
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/keys/{key}/events',
      operationId: 'listKeyEvents',
      summary: 'List what was done to a key, newest first',
      tag: 'Events',
      permission: { key: 'view' },
      query: z.strictObject(pageQuery),
      returns: pageOf(EventWire),
      problems: ['key_not_found', 'invalid_cursor'],
    },
    async ({ params, actor, query }, { storage }) => {
      const key = await storage.keys.read(params.key)
      if (isProblem(key)) return key
      return pageWire(await storage.log.list({ accountId: key.accountId, keyId: key.id }, query), (entry) =>
        eventWire(entry, actor),
      )
    },
  ),
] as const

import type { Limit, LimitOverride, Quota, QuotaOverride } from '@keywright/core'
import * as z from 'zod'
import type { LimitsInForce } from '../../storage/ports-team.ts'
import { limitIn, moment, momentIn, momentOrNull, quotaIn } from '../fields.ts'

/** A limit in an answer. */
export const LimitWire = z
  .object({ name: z.string(), limit: z.int(), windowSeconds: z.int(), burst: z.int().optional() })
  .meta({ id: 'Limit', description: 'At most `limit` checks in any `windowSeconds`, `burst` of them at once' })

/** A limit that an operator put in force, in an answer. */
export const LimitOverrideWire = z.object({ ...LimitWire.shape, until: moment.nullable() }).meta({
  id: 'LimitOverride',
  description: 'A limit that an operator put in force until a time, or for good (`null`)',
})

/** A quota that an operator put in force, in an answer. */
export const QuotaOverrideWire = z
  .object({ limit: z.int(), period: z.enum(['day', 'month']).nullable(), until: moment.nullable() })
  .meta({
    id: 'QuotaOverride',
    description: 'A quota that an operator put in force until a time, or for good (`null`)',
  })

/** A limit to put in force, in a body. */
export const limitOverrideIn = z.strictObject({ ...limitIn.shape, until: momentIn.nullable().optional() })

/** Limits to put in force, each name once. */
export const limitOverridesIn = z.array(limitOverrideIn).max(20).refine(hasEachNameOnce, 'Each name once')

/** Limits of a key, each name once. */
export const limitsIn = z.array(limitIn).max(20).refine(hasEachNameOnce, 'Each name once')

/** A quota to put in force, in a body. */
export const quotaOverrideIn = z.strictObject({ ...quotaIn.shape, until: momentIn.nullable().optional() })

function hasEachNameOnce(items: readonly { readonly name: string }[]): boolean {
  return new Set(items.map(({ name }) => name)).size === items.length
}

/** A limit of a body as the store takes it. */
export const toLimit = ({ name, limit, windowSeconds, burst }: z.output<typeof limitIn>): Limit => ({
  name,
  limit,
  windowSeconds,
  ...(burst === undefined ? {} : { burst }),
})

/** A limit as answers say it. */
export const limitWire = (limit: Limit): z.input<typeof LimitWire> => ({ ...limit })

/** An override of a body as the store takes it. */
export const toLimitOverride = (override: z.output<typeof limitOverrideIn>): LimitOverride => ({
  limit: toLimit(override),
  untilMs: override.until ?? null,
})

/** A quota override of a body as the store takes it. */
export const toQuotaOverride = ({ limit, period, until }: z.output<typeof quotaOverrideIn>): QuotaOverride => ({
  quota: { limit, period },
  untilMs: until ?? null,
})

/** An override as answers say it. */
export const limitOverrideWire = ({ limit, untilMs }: LimitOverride): z.input<typeof LimitOverrideWire> => ({
  ...limitWire(limit),
  until: momentOrNull(untilMs),
})

/** A quota override as answers say it. */
export const quotaOverrideWire = ({ quota, untilMs }: QuotaOverride): z.input<typeof QuotaOverrideWire> => ({
  limit: quota.limit,
  period: quota.period,
  until: momentOrNull(untilMs),
})

/** A quota in an answer, with what is used of its current period. */
export const QuotaWire = z
  .object({ limit: z.int(), period: z.enum(['day', 'month']).nullable(), used: z.int() })
  .meta({ id: 'Quota', description: 'At most `limit` accepted checks per calendar period in UTC, or in all (`null`)' })

const quotaBare = z.object({ limit: z.int(), period: z.enum(['day', 'month']).nullable() })

/** The limits that apply at this moment, after plan and overrides, in an answer. */
export const LimitsInForceWire = z
  .object({
    limits: z.array(LimitWire).describe('Of the key and those that rotation made of it'),
    accountLimits: z.array(LimitWire).describe('Shared by all keys of the account'),
    quota: quotaBare.nullable(),
  })
  .meta({ id: 'LimitsInForce', description: 'What applies at this moment, after plan and overrides' })

/** The same as answers say it. */
export const limitsInForceWire = ({
  limits,
  accountLimits,
  quota,
}: LimitsInForce): z.input<typeof LimitsInForceWire> => ({
  limits: limits.map(limitWire),
  accountLimits: accountLimits.map(limitWire),
  quota: quota === null ? null : { limit: quota.limit, period: quota.period },
})

/** A quota as answers say it. */
export const quotaWire = ({ limit, period, used }: Quota & { readonly used: number }): z.input<typeof QuotaWire> => ({
  limit,
  period,
  used,
})

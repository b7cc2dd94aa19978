import { type ResolvedConfig, text } from '@keywright/core'
import * as z from 'zod'
import { LimitWire, limitWire } from './limit.ts'

/** A plan in an answer, for operators: what an account that has it gets where nothing else is in force. */
export const PlanWire = z
  .object({
    id: z.string(),
    label: z.string(),
    limits: z.array(LimitWire).describe('Of each key'),
    accountLimits: z.array(LimitWire).describe('Shared by all keys of the account'),
    quota: z.object({ limit: z.int(), period: z.enum(['day', 'month']).nullable() }).nullable(),
    activeKeysMax: z.int().nullable().describe('`null`: no cap'),
  })
  .meta({ id: 'Plan' })

/** A plan as answers say it. */
export const planWire = (
  { id, label, limits, accountLimits, quota, activeKeysMax }: ResolvedConfig['plans'][number],
  language: string,
  defaultLanguage: string,
): z.input<typeof PlanWire> => ({
  id,
  label: text(label, language, defaultLanguage),
  limits: limits.map(limitWire),
  accountLimits: accountLimits.map(limitWire),
  quota,
  activeKeysMax,
})

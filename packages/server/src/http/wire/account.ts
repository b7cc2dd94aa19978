import type { Problem } from '@keywright/core'
import * as z from 'zod'
import type { AccountRecord, MemberRecord } from '../../storage/ports.ts'
import type { Insights } from '../../storage/ports-team.ts'
import { moment, momentOf, momentOrNull } from '../fields.ts'
import { LimitOverrideWire, LimitsInForceWire, limitOverrideWire, limitsInForceWire } from './limit.ts'

/** An account in an answer. */
export const AccountWire = z
  .object({
    id: z.string(),
    name: z.string(),
    externalId: z.string().nullable(),
    state: z.enum(['active', 'suspended']),
    plan: z.string(),
    overrides: z.array(LimitOverrideWire),
    activeKeys: z
      .object({ max: z.int().nullable(), until: moment.nullable() })
      .nullable()
      .describe('The cap on active keys that an operator set for this account; `null`: the plan says'),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Account' })

/** An account as answers say it. */
export const accountWire = (account: AccountRecord): z.input<typeof AccountWire> => ({
  id: account.id,
  name: account.name,
  externalId: account.externalId,
  state: account.state,
  plan: account.plan,
  overrides: account.overrides.map(limitOverrideWire),
  activeKeys:
    account.activeKeysOverride === null
      ? null
      : { max: account.activeKeysOverride.max, until: momentOrNull(account.activeKeysOverride.untilMs) },
  createdAt: momentOf(account.createdAtMs),
  updatedAt: momentOf(account.updatedAtMs),
})

/** An account read by itself, with what applies to it at this moment. */
export const AccountInForceWire = z
  .object({
    ...AccountWire.shape,
    inForce: z
      .object({
        ...LimitsInForceWire.shape,
        activeKeysMax: z.int().nullable().describe('How many keys may be active at once; `null`: no cap'),
      })
      .describe('What applies at this moment to keys without limits of their own, after plan and overrides'),
  })
  .meta({ id: 'AccountInForce' })

type AccountLimits = Exclude<Awaited<ReturnType<Insights['accountLimits']>>, Problem>

/** The same as answers say it. */
export const accountInForceWire = (
  account: AccountRecord,
  inForce: AccountLimits,
): z.input<typeof AccountInForceWire> => ({
  ...accountWire(account),
  inForce: { ...limitsInForceWire(inForce), activeKeysMax: inForce.activeKeysMax },
})

/** A member in an answer. */
export const MemberWire = z
  .object({
    id: z.string(),
    account: z.string(),
    person: z.string().nullable(),
    externalId: z.string().nullable(),
    name: z.string().nullable(),
    email: z.string().nullable().describe('Of the person who signs in as this member'),
    role: z.string(),
    state: z.enum(['active', 'suspended']),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Member' })

/** A member as answers say it. */
export const memberWire = (member: MemberRecord): z.input<typeof MemberWire> => ({
  id: member.id,
  account: member.accountId,
  person: member.personId,
  externalId: member.externalId,
  name: member.name,
  email: member.email,
  role: member.role,
  state: member.state,
  createdAt: momentOf(member.createdAtMs),
  updatedAt: momentOf(member.updatedAtMs),
})

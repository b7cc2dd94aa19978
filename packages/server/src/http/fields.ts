import { containsKeyText, parseRange } from '@keywright/core'
import * as z from 'zod'
import {
  type CleanText,
  cleanDescription,
  cleanName,
  descriptionCharactersMax,
  externalIdFault,
  nameCharactersMax,
} from '../storage/names.ts'

/** A public id as a client may send it. What does not look like one belongs to nothing. */
export const idPattern = /^[A-Za-z0-9_-]{1,64}$/

const withoutKey = (instead: string) =>
  [(text: string) => !containsKeyText(text), `It looks like a secret key; ${instead}.`] as const

function cleaned(charactersMax: number, clean: (given: string) => CleanText, instead: string) {
  return z
    .string()
    .min(1)
    .max(charactersMax)
    .transform((text, context) => {
      const result = clean(text)
      if ('text' in result) return result.text
      context.addIssue(result.fault)
      return z.NEVER
    })
    .refine(...withoutKey(instead))
}

/** The id of a record. */
export const id = z.string().regex(idPattern, 'Expected an id: up to 64 letters, digits, hyphens and underscores')

/** The id of something that the configuration names: a type, an environment, a preset, a plan, a role. */
export const configId = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'Expected an id of the configuration')

/** A name, trimmed and normalised as the store keeps it. */
export const name = cleaned(nameCharactersMax, cleanName, 'write a name instead')

/** A description, trimmed and normalised as the store keeps it. */
export const description = cleaned(descriptionCharactersMax, cleanDescription, 'describe where it is used instead')

/** A text of one line that people read: a name, but shorter or longer. */
export const line = (charactersMax: number) => cleaned(charactersMax, cleanName, 'write a name instead')

/** An e-mail address, trimmed and in lower case. */
export const email = z
  .string()
  .max(320)
  .transform((text) => text.normalize('NFC').trim().toLowerCase())
  .refine(
    (text) => text.length <= 254 && /^[^\s@"<>(),:;\\[\]\p{C}]{1,64}@[^\s@"<>(),:;\\[\]\p{C}]+$/u.test(text),
    'Expected an e-mail address such as ada@example.com',
  )
  .refine(...withoutKey('write an e-mail address instead'))

/** A password as it was typed. Whether it may be one is for whoever keeps it to say. */
export const password = z.string().min(1).max(1_024)

/** A code of an authenticator, or a backup code, as it was typed. */
export const factorCode = z.string().min(1).max(64)

/** The language tag of a person's choice (RFC 5646). */
export const languageTag = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, 'Expected a language tag such as en or fr-CA')

/** What a browser's WebAuthn calls take and give, as it is. */
export const webAuthn = z.record(z.string().max(64), z.json())

/** The adopter's own id of a record, kept exactly as given. */
export const externalId = z.string().superRefine((text, context) => {
  const fault = externalIdFault(text)
  if (fault !== undefined) context.addIssue(fault)
  else if (containsKeyText(text)) context.addIssue('It looks like a secret key; write an id instead.')
})

/** A moment in the body: RFC 3339 with an offset; handlers get epoch milliseconds. */
export const momentIn = z.iso
  .datetime({ offset: true, error: 'Expected a time such as 2026-11-21T09:30:00Z' })
  .max(40)
  .transform((text) => Date.parse(text))
  .refine((value) => Number.isFinite(value), 'Expected a time such as 2026-11-21T09:30:00Z')

/** A moment in an answer: RFC 3339, UTC, with milliseconds. */
export const moment = z.iso.datetime({ precision: 3 }).meta({ pattern: undefined })

/** Epoch milliseconds as an answer says them. */
export const momentOf = (epochMs: number): string => new Date(epochMs).toISOString()

/** Epoch milliseconds, or nothing, as an answer says them. */
export const momentOrNull = (epochMs: number | null): string | null => (epochMs === null ? null : momentOf(epochMs))

/** A whole number in a query. */
export const queryInteger = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `Expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .meta({ type: 'integer', minimum: min, maximum: max, pattern: undefined })

/** A switch in a query that is on or absent. */
export const queryTrue = z.literal('true').transform(() => true)

/** Names of a list in a query, repeated or with commas between them. */
export const queryList = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (typeof value === 'string' ? [value] : value).flatMap((each) => each.split(',')))
    .pipe(z.array(z.enum(names)).min(1).max(names.length))
    .meta({ type: 'array', items: { type: 'string', enum: [...names] }, anyOf: undefined })

/** A text in a query. */
export const queryText = (charactersMax: number) => z.string().min(1).max(charactersMax)

/** Where a page begins and how long it is. */
export const pageQuery = {
  cursor: queryText(2_000).optional().describe('`nextCursor` of the page before'),
  limit: queryInteger(1, 200).optional().describe('How many items at most; 50 where it is absent'),
} as const

/** An answer's page of items. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })

/** A limit as the body and answers say it. */
export const limitIn = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'Expected a name: lower-case letters, digits, hyphens and underscores'),
  limit: z.int().min(1).max(1_000_000_000),
  windowSeconds: z.int().min(1).max(31_622_400),
  burst: z.int().min(1).max(1_000_000_000).optional(),
})

/** A quota as the body says it. */
export const quotaIn = z.strictObject({
  limit: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  period: z.enum(['day', 'month']).nullable(),
})

/** A permission: a verb of a resource, perhaps of one instance. */
export const permission = z
  .string()
  .regex(
    /^[a-z][a-z0-9._-]{0,200}(?::[A-Za-z0-9][A-Za-z0-9_.-]{0,127})?$/,
    'Expected a permission such as jobs.view or integrations.use:crm',
  )
  .refine(...withoutKey('name a permission instead'))

/** A grant as the body says it. */
export const grantIn = z.union(
  [
    z.literal('unrestricted'),
    z.strictObject({
      permissions: z.array(permission).max(1_000),
    }),
  ],
  { error: 'Expected "unrestricted" or {"permissions": ["<resource>.<verb>"]}' },
)

/** Networks in CIDR notation, canonical: no bits set beyond the length. */
export const networksIn = z
  .array(
    z
      .string()
      .max(64)
      .refine((text) => parseRange(text) !== undefined, 'Expected a network such as 192.0.2.0/24 or 2001:db8::/32'),
  )
  .max(100)

const metadataCharactersMax = 8_192

/** Whether a JSON value has the text of a key in a string or in a name. */
function holdsKeyText(value: unknown): boolean {
  if (typeof value === 'string') return containsKeyText(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, member]) => containsKeyText(name) || holdsKeyText(member))
}

/** What an adopter keeps with a key: a JSON object of at most 8,192 characters. */
export const metadataIn = z
  .record(z.string().min(1).max(64), z.json())
  .refine(
    (value) => JSON.stringify(value).length <= metadataCharactersMax,
    `Expected at most ${metadataCharactersMax} characters of JSON`,
  )
  .refine((value) => !holdsKeyText(value), 'It holds what looks like a secret key; leave it out.')

/** Why a change is made; it is kept in the log. */
export const reason = cleaned(500, cleanDescription, 'say why instead').describe('Why; kept in the log')

/** The body of a change that takes nothing but its reason. */
export const onlyReason = z.strictObject({ reason: reason.optional() })

import type { Limit, LimitOverride, ProblemError, Quota, QuotaOverride } from '@keywright/core'

/** How many limits a key or an override has at most. */
export const limitsMax = 10

const windowSecondsMax = 31 * 86_400
const namePattern = /^[a-z][a-z0-9_-]{0,63}$/
/** The last moment that ECMAScript and RFC 3339 can write with four digits of a year: 9999-12-31T23:59:59.999Z. */
const momentMaxMs = 253_402_300_799_999

/** Whether a number is a moment that can be stored and written as RFC 3339, epoch milliseconds. */
export const isMoment = (atMs: number): boolean => Number.isSafeInteger(atMs) && atMs >= 0 && atMs <= momentMaxMs

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1

function limitErrors(limit: Limit, pointer: string): ProblemError[] {
  const errors: ProblemError[] = []
  const fail = (member: string, detail: string) => errors.push({ pointer: `${pointer}/${member}`, detail })
  if (!namePattern.test(limit.name)) {
    fail('name', 'Use up to 64 lower-case letters, digits, hyphens and underscores, beginning with a letter.')
  }
  if (!isCount(limit.limit)) fail('limit', 'Write a whole number of 1 or more.')
  if (!isCount(limit.windowSeconds) || limit.windowSeconds > windowSecondsMax) {
    fail('windowSeconds', `Write a whole number of seconds from 1 to ${windowSecondsMax}.`)
  }
  if (limit.burst !== undefined && (!isCount(limit.burst) || limit.burst > limit.limit)) {
    fail('burst', 'Write a whole number from 1 to the limit, or leave it out for all at once.')
  }
  return errors
}

function repetitionErrors(names: readonly string[], pointer: (index: number) => string): ProblemError[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ pointer: pointer(index), detail: `The name "${name}" is used twice. Name each limit once.` }],
  )
}

const tooMany = (pointer: string): ProblemError[] => [
  { pointer, detail: `There are more than ${limitsMax} limits. Shorten the list.` },
]

/** What is wrong with the limits of a key, by JSON pointers; empty: nothing. */
export function limitsErrors(limits: readonly Limit[], pointer: string): readonly ProblemError[] {
  if (limits.length > limitsMax) return tooMany(pointer)
  const errors = limits.flatMap((limit, index) => limitErrors(limit, `${pointer}/${index}`))
  return errors.length > 0
    ? errors
    : repetitionErrors(
        limits.map(({ name }) => name),
        (index) => `${pointer}/${index}/name`,
      )
}

/** What is wrong with a quota, by JSON pointers; empty: nothing. */
export function quotaErrors(quota: Quota, pointer: string): readonly ProblemError[] {
  const errors: ProblemError[] = []
  if (!isCount(quota.limit)) errors.push({ pointer: `${pointer}/limit`, detail: 'Write a whole number of 1 or more.' })
  if (quota.period !== 'day' && quota.period !== 'month' && quota.period !== null) {
    errors.push({ pointer: `${pointer}/period`, detail: 'Write "day", "month" or null.' })
  }
  return errors
}

const untilErrors = (untilMs: number | null, pointer: string): ProblemError[] =>
  untilMs === null || isMoment(untilMs)
    ? []
    : [{ pointer: `${pointer}/until`, detail: 'Write a time (RFC 3339) before the year 10000, or null for good.' }]

/** What is wrong with overrides of limits, by JSON pointers; empty: nothing. */
export function overridesErrors(overrides: readonly LimitOverride[], pointer: string): readonly ProblemError[] {
  if (overrides.length > limitsMax) return tooMany(pointer)
  const errors = overrides.flatMap(({ limit, untilMs }, index) => [
    ...limitErrors(limit, `${pointer}/${index}/limit`),
    ...untilErrors(untilMs, `${pointer}/${index}`),
  ])
  if (errors.length > 0) return errors
  return repetitionErrors(
    overrides.map(({ limit }) => limit.name),
    (index) => `${pointer}/${index}/limit/name`,
  )
}

/** What is wrong with an override of a quota, by JSON pointers; empty: nothing. */
export const quotaOverrideErrors = ({ quota, untilMs }: QuotaOverride, pointer: string): readonly ProblemError[] => [
  ...quotaErrors(quota, `${pointer}/quota`),
  ...untilErrors(untilMs, pointer),
]

/** A limit with its members in one order and no others, so that equal limits are equal texts. */
export const plainLimit = ({ name, limit, windowSeconds, burst }: Limit): Limit => ({
  name,
  limit,
  windowSeconds,
  ...(burst === undefined ? {} : { burst }),
})

/** The overrides that are in force at a moment. */
export const inForce = <Override extends { readonly untilMs: number | null }>(
  overrides: readonly Override[],
  nowMs: number,
): readonly Override[] => overrides.filter(({ untilMs }) => untilMs === null || untilMs > nowMs)

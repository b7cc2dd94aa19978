import type { Call, OptionSpec } from './command.ts'
import { usageError } from './exit.ts'

/** A value of `null` clears a field; `undefined` leaves it as it is. */
export type Body = Record<string, unknown>

/** Reads JSON from an option. */
export function jsonOf(option: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw usageError(`--${option} takes JSON.`)
  }
}

/** A moment as the API takes it: RFC 3339, or `never`, which is null. */
export function momentOf(option: string, text: string): string | null {
  if (text === 'never') return null
  const [, day = '', time] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})))?$/.exec(text) ?? []
  const dayMs = Date.parse(day)
  const epochMs = time === undefined ? dayMs : Date.parse(`${day}T${time}`)
  // The 30th of February would become a day in March.
  if (Number.isNaN(epochMs) || Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(day))
    throw usageError(
      `--${option} takes a day (2026-11-21, its beginning in UTC), a time with its zone (2026-11-21T09:30:00Z, 2026-11-21T10:30+01:00), or never.`,
    )
  return new Date(epochMs).toISOString()
}

/** The body of a change, which has to change something. */
export function changesOf(body: Body): Body {
  if (Object.keys(body).length === 0) throw usageError('Say what is to be changed; see --help.')
  return body
}

/** A limit, `name:100/60` or `name:100/60:20`: at most 100 in 60 seconds, 20 of them at once. */
export function limitOf(text: string): Body {
  const match = /^([a-z][a-z0-9_-]*):(\d{1,12})\/(\d{1,9})(?::(\d{1,12}))?$/.exec(text)
  if (match === null)
    throw usageError('--rate takes name:limit/seconds or name:limit/seconds:burst, such as requests:100/60.')
  return {
    name: match[1],
    limit: Number(match[2]),
    windowSeconds: Number(match[3]),
    ...(match[4] === undefined ? {} : { burst: Number(match[4]) }),
  }
}

/** A quota, `1000`, `1000/day` or `1000/month`. */
export function quotaOf(text: string): Body {
  const match = /^(\d{1,15})(?:\/(day|month))?$/.exec(text)
  if (match === null) throw usageError('--quota takes a number, or one per day or month, such as 1000/month.')
  return { limit: Number(match[1]), period: match[2] ?? null }
}

/** A whole number. */
export function numberOf(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw usageError(`--${option} takes a whole number.`)
  return Number(text)
}

/** Options by which fields are changed or cleared without an option of their own. */
export const changeOptions: readonly OptionSpec[] = [
  { name: 'clear', value: 'field', many: true, meaning: 'clear a field, such as description' },
  { name: 'set', value: 'field=json', many: true, meaning: 'set any other field of the API by its JSON' },
  { name: 'if-match', value: 'version', meaning: 'change it only if it is still this version' },
]

/** The option by which any field can be set. */
export const setOption: OptionSpec = {
  name: 'set',
  value: 'field=json',
  many: true,
  meaning: 'set any other field of the API by its JSON',
}

/** Puts `--clear` and `--set` into a body. */
export function withChanges(call: Call, body: Body): Body {
  const cleared = call.options('clear').map((field) => [field, null] as const)
  return { ...withFields(call, body), ...Object.fromEntries(cleared) }
}

/** Puts `--set` into a body. */
export function withFields(call: Call, body: Body): Body {
  const set = call.options('set').map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw usageError('--set takes field=json, such as metadata={"team":"blue"}.')
    return [text.slice(0, at), jsonOf('set', text.slice(at + 1))] as const
  })
  return { ...body, ...Object.fromEntries(set) }
}

/** A body without the fields that were not given. */
export const bodyOf = (fields: Body): Body =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** The body of an action that takes nothing but its reason; none where it was not given. */
export function reasonBody(call: Call): { readonly body?: Body } {
  const reason = call.option('reason')
  return reason === undefined ? {} : { body: { reason } }
}

/** Why something is done. */
export const reasonOption: OptionSpec = { name: 'reason', value: 'text', meaning: 'why; kept in the log' }

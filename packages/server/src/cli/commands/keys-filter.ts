import type { Call, OptionSpec } from '../command.ts'
import { momentOf } from '../values.ts'

/** The options that choose keys. */
export const filterOptions: readonly OptionSpec[] = [
  { name: 'search', value: 'text', meaning: 'a part of the name, the id, or the last four characters' },
  {
    name: 'state',
    value: 'state',
    many: true,
    choices: ['active', 'paused', 'revoked', 'expired'],
    meaning: 'in this state',
  },
  { name: 'type', value: 'type', meaning: 'of this type' },
  { name: 'environment', value: 'environment', meaning: 'of this environment' },
  { name: 'unused-since', value: 'time', meaning: 'not used since then' },
  { name: 'due-for-rotation', meaning: 'due for rotation' },
  { name: 'never-expires', meaning: 'without an expiry' },
  { name: 'unrestricted', meaning: 'with an unrestricted grant' },
]

/** What was chosen, as the query of a listing takes it. */
export function filterOf(call: Call): Readonly<Record<string, string | undefined>> {
  const states = call.options('state')
  const unusedSince = call.option('unused-since')
  const on = (name: string) => (call.given(name) ? 'true' : undefined)
  return {
    search: call.option('search'),
    state: states.length === 0 ? undefined : states.join(','),
    type: call.option('type'),
    environment: call.option('environment'),
    unusedSince: unusedSince === undefined ? undefined : (momentOf('unused-since', unusedSince) ?? undefined),
    dueForRotation: on('due-for-rotation'),
    noExpiry: on('never-expires'),
    unrestricted: on('unrestricted'),
  }
}

/** What was chosen, as the body of a batch takes it. */
export function filterBodyOf(call: Call): Readonly<Record<string, unknown>> {
  const { state, ...rest } = filterOf(call)
  const named = Object.entries(rest).filter(([, value]) => value !== undefined)
  const values = named.map(
    ([name, value]) => [name, ['dueForRotation', 'noExpiry', 'unrestricted'].includes(name) ? true : value] as const,
  )
  return { ...Object.fromEntries(values), ...(state === undefined ? {} : { state: state.split(',') }) }
}

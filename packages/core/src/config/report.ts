/** One thing that is wrong in a configuration: where, what stands there, why it is wrong and how to mend it. */
export interface ConfigError {
  /** Where it stands, such as `types[0].prefix`; empty for the configuration as a whole. */
  readonly path: string
  /** A short rendering of what stands there. */
  readonly value: string
  readonly message: string
  readonly fix: string
}

/** Takes down one error; what comes after the hundredth is not kept. */
export type Report = (path: string, value: unknown, message: string, fix: string) => void

/** How many errors are reported at most. */
const errorsMax = 100

/** A collector of errors for one validation. */
export function collectErrors(): { readonly report: Report; readonly errors: readonly ConfigError[] } {
  const errors: ConfigError[] = []
  const report: Report = (path, value, message, fix) => {
    if (errors.length < errorsMax) errors.push({ path, value: renderValue(value), message, fix })
  }
  return { report, errors }
}

/** The error as one block that names path, value and fix. */
export function formatConfigError(error: ConfigError): string {
  const where = error.path === '' ? 'The configuration' : error.path
  return `${where} ${error.message} (found: ${error.value}).\n  To mend it: ${error.fix}`
}

const isPlainName = (key: string): boolean => /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key)

/** The path of a member or, for a number, of an item. */
export function pathTo(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`
  if (!isPlainName(key)) return `${parent}[${renderString(key)}]`
  return parent === '' ? key : `${parent}.${key}`
}

const shownCharactersMax = 60

// What JSON leaves as it is although a terminal would not: C1 controls, zero-width and direction marks, line separators.
const invisible = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

function renderString(value: string): string {
  const shown = value.length > shownCharactersMax ? `${value.slice(0, shownCharactersMax)}…` : value
  return JSON.stringify(shown).replace(
    invisible,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A value that could not be read; errors about it have already been reported. */
export const unreadable: unique symbol = Symbol('unreadable')

/** A thing that is described in words instead of being shown. */
export class Described {
  readonly words: string
  constructor(words: string) {
    this.words = words
  }
}

/** A short rendering of a plain value, safe to print. */
function renderValue(value: unknown): string {
  if (value instanceof Described) return value.words
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return renderString(value)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') {
    const keys = Object.keys(value)
    if (keys.length === 0) return 'an empty object'
    const shown = keys.slice(0, 3).map((key) => (isPlainName(key) && key.length <= 30 ? key : renderString(key)))
    return `an object with ${shown.join(', ')}${keys.length > 3 ? ', …' : ''}`
  }
  return `a ${typeof value}`
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const change = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[right.length] as number
}

/** The known name that a misspelt one was probably meant to be. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length === 0 || name.length > 64) return undefined
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known.slice(0, 500)) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** How many known names a fix lists: all fields of the configuration fit. */
const namesMax = 24

/** A fix that names the nearest known name, or else the known ones. */
export function fixByName(name: unknown, known: readonly string[], instead: string): string {
  const nearest = typeof name === 'string' ? nearestName(name, known) : undefined
  if (nearest !== undefined) return `Did you mean '${nearest}'? Otherwise: ${instead}`
  if (known.length === 0) return instead
  const shown = known.slice(0, namesMax).map((each) => `'${each}'`)
  return `${instead} Known here: ${shown.join(', ')}${known.length > namesMax ? ', …' : ''}.`
}

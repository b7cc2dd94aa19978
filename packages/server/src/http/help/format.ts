/** How a language writes numbers, durations and lists. */
export interface Format {
  readonly number: (value: number) => string
  readonly days: (days: number) => string
  /** In the largest unit, up to days, that gives a whole number. */
  readonly seconds: (seconds: number) => string
  /** The unit alone where the duration is exactly one of it; else `null`. */
  readonly unitOf: (seconds: number) => string | null
  readonly and: (items: readonly string[]) => string
  readonly or: (items: readonly string[]) => string
  /** With a capital at its beginning. */
  readonly begin: (text: string) => string
  readonly lower: (text: string) => string
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** Makes the formats of a language. */
export function formatOf(language: string): Format {
  const numbers = new Intl.NumberFormat(language)
  const unitParts = (value: number, name: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'long' }).formatToParts(value)
  const unit = (value: number, name: string) =>
    unitParts(value, name)
      .map((part) => part.value)
      .join('')
  const list = (type: 'conjunction' | 'disjunction') => {
    const formatter = new Intl.ListFormat(language, { type })
    return (items: readonly string[]) => formatter.format(items)
  }
  return {
    number: (value) => numbers.format(value),
    days: (days) => unit(days, 'day'),
    seconds: (seconds) => {
      const [name, size] = units.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['second', 1]
      return unit(seconds / size, name)
    },
    unitOf: (seconds) => {
      const name = seconds === 1 ? 'second' : units.find(([, size]) => size === seconds)?.[0]
      const parts = name === undefined ? [] : unitParts(1, name)
      return parts.find(({ type }) => type === 'unit')?.value ?? null
    },
    and: list('conjunction'),
    or: list('disjunction'),
    begin: (text) => text.charAt(0).toLocaleUpperCase(language) + text.slice(1),
    lower: (text) => text.toLocaleLowerCase(language),
  }
}

/** The name of a language in that language itself. */
export const languageName = (tag: string): string => {
  const name = new Intl.DisplayNames(tag, { type: 'language' }).of(tag) ?? tag
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1)
}

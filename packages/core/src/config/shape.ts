import { fixByName, nearestName, pathTo, type Report, unreadable } from './report.ts'

/** What the rules need besides the value. */
export interface ShapeContext {
  readonly report: Report
  /** The configuration's language tags as far as they can be read; the first is the default. */
  readonly languages: readonly [string, ...string[]]
}

/** Reports everything that is wrong with a plain value. */
export type Rule = (value: unknown, path: string, context: ShapeContext) => void

interface RequiredField {
  readonly rule: Rule
  readonly required: true
  readonly fix: string
}

interface OptionalField {
  readonly rule: Rule
  readonly required: false
}

/** The rule of a field that must be there; `fix` says what to write where it is missing. */
export const required = (rule: Rule, fix: string): RequiredField => ({ rule, required: true, fix })

/** The rule of a field that may be absent. */
export const optional = (rule: Rule): OptionalField => ({ rule, required: false })

type FieldsOf<T> = {
  readonly [Key in keyof T]-?: Record<never, never> extends Pick<T, Key> ? OptionalField : RequiredField
}

/** Whether a value is an object that is no list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The rule of an object with these fields and no other; every field of `T` must have its rule. */
export const objectOf =
  <T extends object>(fields: FieldsOf<T>): Rule =>
  (value, path, context) => {
    if (!isObject(value)) {
      context.report(path, value, 'must be an object', `Write an object with ${Object.keys(fields).join(', ')}.`)
      return
    }
    const known = Object.entries<RequiredField | OptionalField>(fields)
    const names = known.map(([name]) => name)
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(fields, name)) continue
      context.report(pathTo(path, name), value[name], 'is not a known field', fixByName(name, names, 'Remove it.'))
    }
    for (const [name, field] of known) {
      const member = Object.hasOwn(value, name) ? value[name] : undefined
      if (member === unreadable) continue
      if (member !== undefined) field.rule(member, pathTo(path, name), context)
      else if (field.required) context.report(pathTo(path, name), undefined, 'is missing', field.fix)
    }
  }

/** The rule of an object from names to values of one kind. */
export const recordOf =
  (name: Rule, rule: Rule): Rule =>
  (value, path, context) => {
    if (!isObject(value))
      return context.report(path, value, 'must be an object', 'Write an object from names to values.')
    for (const key of Object.keys(value)) {
      name(key, pathTo(path, key), context)
      if (value[key] !== unreadable) rule(value[key], pathTo(path, key), context)
    }
  }

interface ListOptions {
  readonly min?: number
  readonly max?: number
  /** The field, or the item itself, that must differ in every item. */
  readonly unique?: 'id' | 'name' | 'item'
}

/** The rule of a list. */
export const listOf =
  (rule: Rule, { min = 0, max = 1_000, unique }: ListOptions = {}): Rule =>
  (value, path, context) => {
    if (!Array.isArray(value)) return context.report(path, value, 'must be a list', 'Write a list: […].')
    if (value.length < min)
      context.report(path, value, 'must not be empty', `Name at least ${min}, or leave the field out.`)
    if (value.length > max) return context.report(path, value, `has more than ${max} items`, 'Shorten the list.')
    for (const [index, item] of value.entries()) {
      if (item !== unreadable) rule(item, pathTo(path, index), context)
    }
    if (unique !== undefined) reportRepetition(value, path, unique, context.report)
  }

function reportRepetition(
  list: readonly unknown[],
  path: string,
  unique: 'id' | 'name' | 'item',
  report: Report,
): void {
  const first = new Map<unknown, string>()
  for (const [index, item] of list.entries()) {
    const key: unknown = unique === 'item' ? item : isObject(item) ? item[unique] : undefined
    if (key !== null && typeof key !== 'string' && typeof key !== 'number') continue
    const at = unique === 'item' ? pathTo(path, index) : pathTo(pathTo(path, index), unique)
    const earlier = first.get(key)
    if (earlier === undefined) first.set(key, at)
    else report(at, key, `repeats ${earlier}`, 'Remove one of the two or give it another name.')
  }
}

/** The rule of a text of a certain shape, at most `max` characters long. */
export const stringLike =
  (pattern: RegExp, max: number, fix: string): Rule =>
  (value, path, { report }) => {
    if (typeof value !== 'string') report(path, value, 'must be a text', fix)
    else if (value.length > max) report(path, value, `is longer than ${max} characters`, fix)
    else if (!pattern.test(value)) report(path, value, 'does not have the right shape', fix)
  }

/** The rule of a choice among fixed texts. */
export const oneOf =
  (choices: readonly string[]): Rule =>
  (value, path, { report }) => {
    if (typeof value === 'string' && choices.includes(value)) return
    const listed = choices.map((choice) => `'${choice}'`).join(', ')
    const nearest = typeof value === 'string' ? nearestName(value, choices) : undefined
    report(
      path,
      value,
      'is not one of the choices',
      `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}Write one of ${listed}.`,
    )
  }

/** The rule of a whole number within bounds. */
export const integer =
  (min: number, max: number = Number.MAX_SAFE_INTEGER): Rule =>
  (value, path, { report }) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return
    const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`
    report(path, value, `must be a whole number ${range}`, `Write a whole number ${range}.`)
  }

/** The rule of `null` or something else. */
export const nullOr =
  (rule: Rule): Rule =>
  (value, path, context) => {
    if (value !== null) rule(value, path, context)
  }

/** The rule of true or false. */
export const boolean: Rule = (value, path, { report }) => {
  if (typeof value !== 'boolean') report(path, value, 'must be true or false', 'Write true or false, without quotes.')
}

const idFix = 'Use up to 64 lower-case letters, digits, hyphens and underscores, beginning with a letter.'

/** The rule of an id. */
export const id: Rule = stringLike(/^[a-z][a-z0-9_-]*$/, 64, idFix)

/** The rule of a web address. */
export const url: Rule = stringLike(
  /^https?:\/\/(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?#][^\s"'<>\\`]*)?$/,
  2_000,
  'Write a whole address that begins with https:// or http://, without a user name or spaces.',
)

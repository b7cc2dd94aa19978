import { Described, pathTo, type Report, unreadable } from './report.ts'

const depthMax = 16
const valuesMax = 100_000
const membersMax = 5_000
const stringCharactersMax = 20_000

/** What is left of an untrusted JavaScript value: plain objects, lists and primitives, without getters, cycles or foreign prototypes. */
export function takeSnapshot(input: unknown, report: Report): unknown {
  const ancestors: object[] = []
  let values = 0

  const refuse = (path: string, words: string, message: string, fix: string): typeof unreadable => {
    report(path, new Described(words), message, fix)
    return unreadable
  }

  const read = (from: object, key: string | number, path: string): unknown => {
    let value: unknown
    try {
      value = Reflect.get(from, key)
    } catch {
      return refuse(path, 'a getter that throws', 'cannot be read', 'Write a plain value.')
    }
    return copy(value, path)
  }

  const copyList = (list: readonly unknown[], path: string): unknown => {
    const length: unknown = list.length
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 0 || length > membersMax) {
      return refuse(path, 'a very long list', `has more than ${membersMax} items`, 'Shorten the list.')
    }
    return Array.from({ length }, (_, index) => read(list, index, pathTo(path, index)))
  }

  const copyObject = (object: object, path: string): unknown => {
    const prototype: unknown = Object.getPrototypeOf(object)
    // The prototype of another realm's plain object is not our Object.prototype, but it too is the end of its chain.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      return refuse(path, 'an instance of a class', 'is not a plain object', 'Write a plain object literal.')
    }
    const keys = Object.keys(object)
    if (keys.length > membersMax) {
      return refuse(path, 'a very large object', `has more than ${membersMax} members`, 'Shorten the object.')
    }
    const taken: Record<string, unknown> = {}
    for (const key of keys) {
      const at = pathTo(path, key)
      if (key === '__proto__') {
        refuse(at, 'a member', 'is not a field of a configuration', 'Remove it.')
        continue
      }
      const value = read(object, key, at)
      if (value !== undefined) taken[key] = value
    }
    return taken
  }

  const copy = (value: unknown, path: string): unknown => {
    values++
    if (values > valuesMax) {
      if (values > valuesMax + 1) return unreadable
      return refuse(path, 'one value too many', `is past ${valuesMax} values`, 'Shorten the configuration.')
    }
    if (typeof value === 'string' && value.length > stringCharactersMax) {
      return refuse(
        path,
        `a text of ${value.length} characters`,
        `is longer than ${stringCharactersMax} characters`,
        'Shorten the text.',
      )
    }
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
      return refuse(
        path,
        `a ${typeof value}`,
        'is not plain data',
        'Write text, a number, true or false, a list or an object.',
      )
    }
    if (typeof value !== 'object' || value === null) return value
    if (ancestors.includes(value)) {
      return refuse(path, 'a cycle', 'contains itself', 'Write each part out once; a part cannot contain itself.')
    }
    if (ancestors.length >= depthMax) {
      return refuse(path, 'a deep object', `is nested more than ${depthMax} deep`, 'Flatten it.')
    }
    ancestors.push(value)
    try {
      return Array.isArray(value) ? copyList(value, path) : copyObject(value, path)
    } catch {
      return refuse(path, 'an object that refuses to be read', 'cannot be read', 'Write a plain object.')
    } finally {
      ancestors.pop()
    }
  }

  return copy(input, '')
}

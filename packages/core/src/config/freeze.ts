/** A copy of a map that refuses to be changed. */
export function frozenMap<Key, Value>(entries: Iterable<readonly [Key, Value]>): ReadonlyMap<Key, Value> {
  const map = new Map(entries)
  return Object.freeze(Object.assign(map, { set: refuse, delete: refuse, clear: refuse }))
}

/** A copy of a set that refuses to be changed. */
export function frozenSet<Value>(values: Iterable<Value>): ReadonlySet<Value> {
  const set = new Set(values)
  return Object.freeze(Object.assign(set, { add: refuse, delete: refuse, clear: refuse }))
}

function refuse(): never {
  throw new TypeError('a configuration in force cannot be changed')
}

/** Freezes a value and all that it is made of, the values of maps included. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const parts: readonly unknown[] = value instanceof Map ? [...value.values()] : Object.values(value)
  // What is frozen may still hold parts that are not, so maps and sets are always entered.
  if (Object.isFrozen(value) && !(value instanceof Map)) return value
  Object.freeze(value)
  for (const part of parts) deepFreeze(part)
  return value
}

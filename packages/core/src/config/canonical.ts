const depthMax = 1_000

/**
 * The one JSON text of a value (RFC 8785): members sorted by UTF-16 code units, numbers and strings as ECMAScript writes them.
 * Members that are undefined are dropped. Throws a TypeError on what JSON cannot say: non-finite numbers, lone
 * surrogates, undefined items, functions, class instances, cycles.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'boolean':
      return String(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`JSON has no number ${value}`)
      return JSON.stringify(value)
    case 'string':
      return writeString(value)
    case 'object':
      if (value === null) return 'null'
      if (depth >= depthMax) throw new TypeError(`the value contains itself or is nested more than ${depthMax} deep`)
      if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(',')}]`
      return writeObject(value, depth)
    default:
      throw new TypeError(`JSON cannot say a value of type ${typeof value}`)
  }
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('the text contains half of a surrogate pair')
  return JSON.stringify(value)
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError('only plain objects have one JSON text')
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
  return `{${members.map(([key, member]) => `${writeString(key)}:${write(member, depth + 1)}`).join(',')}}`
}

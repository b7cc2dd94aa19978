const depthMax = 32

/** Why a text is not taken as JSON, in words for its sender. */
export class JsonRefused extends Error {}

const quote = 34
const backslash = 92

/** Where the string that begins at `start` ends, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
  return text.length
}

/** How many members a JSON text names: as many as it has colons outside its strings. Refuses nesting that is too deep to be looked through. */
function namesIn(text: string): number {
  let names = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case 58: // :
        names++
        break
      case 123: // {
      case 91: // [
        if (++depth > depthMax) throw new JsonRefused(`The body is nested more than ${depthMax} deep.`)
        break
      case 125: // }
      case 93: // ]
        depth--
        break
      default:
    }
  }
  return names
}

/** How many members a parsed value has in all. `__proto__` is one of its own there, and refused. */
function membersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const each of value) count += membersIn(each)
    return count
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__') throw new JsonRefused('The body has a member named __proto__.')
    count += 1 + membersIn((value as Readonly<Record<string, unknown>>)[name])
  }
  return count
}

/** What no column and no canonical text can hold: NUL, half a surrogate pair, a number past all bounds. */
function refuseUnstorable(value: unknown): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed())
      throw new JsonRefused('The body has a text that is not well-formed Unicode, or a NUL.')
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new JsonRefused('The body has a number that is too large.')
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      refuseUnstorable(name)
      refuseUnstorable(member)
    }
  }
}

/** Reads untrusted JSON (RFC 8259, and stricter) that is to be stored; throws JsonRefused with a sentence that repeats nothing of the input. */
export function parseJson(text: string): unknown {
  const value = parseUnambiguousJson(text)
  refuseUnstorable(value)
  return value
}

/** The same for what is not stored: any text goes, since what is presented as a key may be anything. */
export function parseUnambiguousJson(text: string): unknown {
  const names = namesIn(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new JsonRefused('The body is not JSON.')
  }
  // JSON.parse keeps the last of several members of one name, however each is spelt: then there are fewer than were named.
  if (membersIn(value) !== names) throw new JsonRefused('The body has the same member twice.')
  return value
}

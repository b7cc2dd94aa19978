const depthMax = 32

/** Why a text is not taken as JSON, in words for its sender. */
export class JsonRefused extends Error {}

interface Level {
  readonly names: Set<string> | null
  /** Whether the next string of an object is a name. */
  expectsName: boolean
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== 34) at += text.charCodeAt(at) === 92 ? 2 : 1
  return at
}

function nameOf(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw new JsonRefused('The body is not JSON.')
  }
}

function takeName(names: Set<string>, name: string): void {
  if (name === '__proto__') throw new JsonRefused('The body has a member named __proto__.')
  if (names.has(name)) throw new JsonRefused('The body has the same member twice.')
  names.add(name)
}

/** Looks over a text before it is parsed: nesting, repeated members and `__proto__`, all of which JSON.parse lets pass. */
function scan(text: string): void {
  const levels: Level[] = []
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1)
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at)
        if (level?.expectsName && level.names !== null) {
          takeName(level.names, nameOf(text.slice(at, end + 1)))
          level.expectsName = false
        }
        at = end
        break
      }
      case '{':
      case '[':
        if (levels.length >= depthMax) throw new JsonRefused(`The body is nested more than ${depthMax} deep.`)
        levels.push(text[at] === '{' ? { names: new Set(), expectsName: true } : { names: null, expectsName: false })
        break
      case '}':
      case ']':
        levels.pop()
        break
      case ',':
        if (level !== undefined) level.expectsName = level.names !== null
        break
      default:
    }
  }
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
  scan(text)
  try {
    return JSON.parse(text)
  } catch {
    throw new JsonRefused('The body is not JSON.')
  }
}

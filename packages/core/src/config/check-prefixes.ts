import { objectsOf } from './reading.ts'
import { pathTo, type Report } from './report.ts'

/** What the credentials of operators and of verifying programs begin with. */
const reservedPrefixes = ['kwo', 'kwv'] as const

/** Reports types and environments whose keys could not be told apart, or from our own credentials, by how they begin. */
export function checkPrefixes(config: unknown, report: Report): void {
  const tags = checkTags(config, report)
  const seen: { readonly prefix: string; readonly path: string }[] = []
  for (const { path, value } of objectsOf(config, 'types')) {
    const { prefix } = value
    if (typeof prefix !== 'string' || prefix === '') continue
    const at = pathTo(path, 'prefix')
    if (reservedPrefixes.some((reserved) => prefix === reserved || prefix.startsWith(`${reserved}_`))) {
      report(at, prefix, 'is reserved for credentials of the server itself', 'Choose another prefix.')
    }
    for (const other of seen) {
      const message = collision(prefix, other.prefix, other.path, tags)
      if (message !== undefined)
        report(at, prefix, message, 'Choose prefixes of which none is the beginning of another.')
    }
    seen.push({ prefix, path: at })
  }
}

function checkTags(config: unknown, report: Report): readonly string[] {
  const seen = new Map<string, string>()
  for (const { path, value } of objectsOf(config, 'environments')) {
    const { tag } = value
    if (typeof tag !== 'string') continue
    const at = pathTo(path, 'tag')
    const earlier = seen.get(tag)
    if (earlier === undefined) seen.set(tag, at)
    else report(at, tag, `repeats ${earlier}, so keys of the two environments would look alike`, 'Choose another tag.')
  }
  return [...seen.keys()]
}

function collision(prefix: string, other: string, otherPath: string, tags: readonly string[]): string | undefined {
  if (prefix === other) return `repeats ${otherPath}`
  const [short, long] = prefix.length < other.length ? [prefix, other] : [other, prefix]
  if (!long.startsWith(`${short}_`)) return undefined
  if (tags.includes(long.slice(short.length + 1))) {
    return `is ambiguous with ${otherPath}: '${short}' with the tag of an environment reads '${long}'`
  }
  return `is ambiguous with ${otherPath}: what begins with '${long}_' also begins with '${short}_'`
}

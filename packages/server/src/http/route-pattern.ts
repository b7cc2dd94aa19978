import type { IncomingMessage } from 'node:http'
import { isConsoleAddress } from './console.ts'
import { doorPaths } from './data-plane/door.ts'
import { forwardAuthPath, isForwardAuth } from './data-plane/forward-auth.ts'
import type { Method } from './route.ts'
import { routes } from './table.ts'

interface Pattern {
  readonly path: string
  readonly method: Method
  readonly segments: readonly string[]
}

const patterns: readonly Pattern[] = routes.map(({ spec }) => ({
  path: spec.path,
  method: spec.method,
  segments: spec.path.split('/'),
}))

const doors = new Set(doorPaths)
/** What asks whether the server is well says nothing by how often it asks. */
const probes = new Set(['/healthz', '/readyz', '/metrics'])

const fits = ({ segments }: Pattern, asked: readonly string[]): boolean =>
  segments.length === asked.length &&
  segments.every((segment, index) => (segment.startsWith('{') ? asked[index] !== '' : segment === asked[index]))

/**
 * The pattern of the route that a request asks for, `/v1/keys/{key}`; never a text of the request itself. `undefined`: there is none; `null`: it is
 * for a file of the console, or a question after the server's health.
 */
export function routePattern({
  method = '',
  url = '',
}: Pick<IncomingMessage, 'method' | 'url'>): string | undefined | null {
  if (isForwardAuth(url)) return forwardAuthPath
  const path = url.split('?', 1)[0] as string
  if (doors.has(path)) return path
  if (probes.has(path)) return null
  const asked = path.split('/')
  const candidates = patterns.filter((pattern) => fits(pattern, asked))
  const sought = method === 'HEAD' ? 'get' : method.toLowerCase()
  const found = candidates.find((pattern) => pattern.method === sought) ?? candidates[0]
  return found === undefined && isConsoleAddress(path) ? null : found?.path
}

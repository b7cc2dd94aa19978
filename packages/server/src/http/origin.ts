import { type Problem, problem } from '@keywright/core'

/** What of a request tells which page sent it. */
interface Sent {
  readonly headers: Headers
  /** Whether it may change something: any method but GET. */
  readonly unsafe: boolean
}

/** The origins of pages that are ours: the public address or, without one, every name of this machine's own. */
export function ownOriginsOf(publicUrl: string | null, port: number): readonly string[] {
  if (publicUrl !== null) return [new URL(publicUrl).origin]
  return ['localhost', '127.0.0.1', '[::1]'].map((host) => new URL(`http://${host}:${port}`).origin)
}

const refused = () => problem('cross_site_refused')

// `none` is a person who typed the address. What is neither of these is a page of somebody else, or of a neighbour on the same domain.
const saysForeign = (headers: Headers): boolean => {
  const site = headers.get('sec-fetch-site')
  return site !== null && site !== 'same-origin' && site !== 'none'
}

/** Refuses a request that relies on the session of a browser unless a page of ours sent it; what changes something has to say so by its `Origin`. */
export function refuseForeign(
  { headers, unsafe }: Sent,
  own: readonly string[],
): Problem<'cross_site_refused'> | undefined {
  if (saysForeign(headers)) return refused()
  const origin = headers.get('origin')
  if (origin === null) return unsafe ? refused() : undefined
  return own.includes(origin) ? undefined : refused()
}

/**
 * Refuses an open request by which another site would have a browser sign in, or anything like it. Programs say nothing of where they come
 * from and pass; so does a form of ours, whose page names no referrer and therefore no origin.
 */
export function refuseForeignToOpen(
  { headers, unsafe }: Sent,
  own: readonly string[],
  fromForm: boolean,
): Problem<'cross_site_refused'> | undefined {
  if (!unsafe) return undefined
  if (saysForeign(headers)) return refused()
  const origin = headers.get('origin')
  if (origin === null || own.includes(origin) || (fromForm && origin === 'null')) return undefined
  return refused()
}

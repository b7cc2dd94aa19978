import { parseAddress, shortenAddress } from '@keywright/core'
import { redact } from '../log.ts'
import type { Caller } from '../storage/ports.ts'
import type { Visitor } from './port.ts'

const userAgentCharactersMax = 256

/** The header by which the network reaches the library's hooks; what a client sends under this name is never passed on. */
export const networkHeader = 'keywright-network'

const userAgentOf = (headers: Headers): string | undefined => {
  const text = redact(headers.get('user-agent') ?? '').slice(0, userAgentCharactersMax)
  return text === '' ? undefined : text
}

/** The value of a cookie that was sent; `undefined`: none, or several of that name. */
export function cookieOf(headers: Headers, name: string): string | undefined {
  const values = (headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  return values.length === 1 ? (values[0] as string).slice(name.length + 1) : undefined
}

/** What the library is given of a request: cookies (all but one, if named), user agent and the shortened network. */
export function libraryHeaders(visitor: Visitor, withoutCookie?: string): Headers {
  const headers = new Headers()
  const cookies = (visitor.headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !pair.startsWith(`${withoutCookie}=`))
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
  const userAgent = userAgentOf(visitor.headers)
  if (userAgent !== undefined) headers.set('user-agent', userAgent.replace(/[^\x20-\x7e]/g, '?'))
  const address = parseAddress(visitor.address)
  if (address !== undefined) headers.set(networkHeader, shortenAddress(address))
  return headers
}

/** The cause that is recorded of what a person does about themself. */
export function callerOf(visitor: Visitor, personId: string): Caller {
  const userAgent = userAgentOf(visitor.headers)
  return {
    actor: { kind: 'person', id: personId },
    requestId: visitor.requestId,
    ...(visitor.address === 'unknown' ? {} : { network: visitor.address }),
    ...(userAgent === undefined ? {} : { userAgent }),
  }
}

import { request } from 'node:http'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { formatAddress, type NetworkRange, parseAddress } from '@keywright/core'
import { hostOf, mayGoTo, portOf, urlFault } from './address.ts'

/** Finds the addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** How a message is posted. */
export interface PostOptions {
  readonly resolve: Resolve
  readonly allowed: readonly NetworkRange[]
  /** For name, connection, request and answer together. */
  readonly timeoutMs: number
  /** Ends the attempt early. */
  readonly signal?: AbortSignal
  /** Certificate authorities instead of the usual ones, PEM. */
  readonly authorities?: string
}

/** Why there is no answer. */
export type PostError =
  | 'address_not_allowed'
  | 'name_not_found'
  | 'connection_failed'
  | 'tls_failed'
  | 'timed_out'
  | 'broken_answer'

/** What the receiver answered, of which only this is looked at, or why it did not. */
export type Posted = { readonly status: number; readonly retryAfter: string | null } | { readonly error: PostError }

/** How much of an answer is read; none of it is kept. */
const answerBytesMax = 16_384

class Refused extends Error {
  readonly reason: PostError

  constructor(reason: PostError) {
    super(reason)
    this.reason = reason
  }
}

/**
 * Posts a body to a URL. The name is resolved once, every address that it has is judged, and the connection goes to one of these, not to the name: a
 * name that changes its mind in between changes nothing. Redirects are answers like any other; no proxy is asked.
 */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  options: PostOptions,
): Promise<Posted> {
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal])
  let socket: Socket | undefined
  try {
    const addresses = await vettedAddresses(url, options, signal)
    socket = await connectToOne(addresses, portOf(url), signal)
    if (url.protocol === 'https:') socket = await secure(socket, url, options.authorities, signal)
    return await exchange(socket, url, headers, body, signal)
  } catch (error) {
    if (deadline.aborted) return { error: 'timed_out' }
    return { error: error instanceof Refused ? error.reason : 'broken_answer' }
  } finally {
    socket?.destroy()
  }
}

const addressesTriedMax = 4

/** The addresses of a URL's host; throws where the URL or any of them is not allowed. */
export async function vettedAddresses(
  url: URL,
  { resolve, allowed }: Pick<PostOptions, 'resolve' | 'allowed'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (urlFault(url, allowed) !== undefined) throw new Refused('address_not_allowed')
  const host = hostOf(url)
  const addresses = isIP(host) === 0 ? await resolved(resolve, host, signal) : [host]
  if (addresses.length === 0) throw new Refused('name_not_found')
  if (!addresses.every((address) => mayGoTo(url, address, allowed))) throw new Refused('address_not_allowed')
  return addresses.slice(0, addressesTriedMax)
}

async function resolved(resolve: Resolve, host: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return await Promise.race([resolve(host), aborted(signal)])
  } catch {
    throw new Refused('name_not_found')
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

async function connectToOne(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Socket> {
  for (const address of addresses) {
    try {
      return await connectTo(address, port, signal)
    } catch (error) {
      if (error instanceof Refused) throw error
      if (signal.aborted) break
    }
  }
  throw new Refused('connection_failed')
}

function connectTo(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, signal })
    // Stays: an error between two steps shows in the next one.
    socket.on('error', reject)
    socket.once('connect', () => {
      // The last word has the socket itself.
      if (plain(socket.remoteAddress) !== plain(address)) {
        socket.destroy()
        reject(new Refused('address_not_allowed'))
        return
      }
      resolve(socket)
    })
  })
}

const plain = (address: string | undefined): string | undefined => {
  const parsed = address === undefined ? undefined : parseAddress(address)
  return parsed === undefined ? undefined : formatAddress(parsed)
}

function secure(socket: Socket, url: URL, authorities: string | undefined, signal: AbortSignal): Promise<Socket> {
  const host = hostOf(url)
  return new Promise((resolve, reject) => {
    const secured = connectTls({
      socket,
      host,
      // RFC 6066 section 3: addresses are not sent as server names.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(authorities === undefined ? {} : { ca: authorities }),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
    })
    const fail = () => reject(new Refused('tls_failed'))
    signal.addEventListener('abort', fail, { once: true })
    secured.on('error', fail)
    secured.once('close', fail)
    secured.once('secureConnect', () => resolve(secured))
  })
}

function exchange(
  socket: Socket,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const sending = request({
      createConnection: () => socket,
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: {
        Host: url.host,
        'Content-Length': String(Buffer.byteLength(body)),
        Connection: 'close',
        ...headers,
      },
      maxHeaderSize: answerBytesMax,
      signal,
    })
    sending.once('error', reject)
    sending.once('response', (response) => {
      const { statusCode = 0 } = response
      const retryAfter = response.headers['retry-after'] ?? null
      const done = () => resolve({ status: statusCode, retryAfter })
      let bytes = 0
      response.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes > answerBytesMax) response.destroy()
      })
      // Whatever becomes of the rest of the answer, the receiver has said what it had to say.
      response.once('error', done)
      response.once('close', done)
    })
    sending.end(body)
  })
}

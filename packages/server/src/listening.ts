import { createServer, type Server, type ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from './settings.ts'
import { StartError } from './start-error.ts'

/** What one connection may take, in milliseconds and bytes; slow senders are looked for every two seconds. */
export const connectionBounds = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
} as const satisfies ServerOptions

/** Listens as the settings say; a StartError of one sentence where that cannot be. */
function listen({ port, host }: Settings): Promise<Server> {
  const server = createServer(connectionBounds)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(listenSentence(error, host, port))))
    server.listen(port, host, () => resolve(server))
  })
}

/**
 * Listens where the other processes of the server do, if any. Which of the two ways leads to the socket that they share depends on whether one
 * is left that asked for any free port.
 */
export async function listenBeside(settings: Settings, sharedPort: number | null): Promise<Server> {
  if (settings.port !== 0 || sharedPort === null) return await listen(settings)
  try {
    return await listen({ ...settings, port: sharedPort })
  } catch (error) {
    const server = await listen(settings)
    if (portOf(server) === sharedPort) return server
    server.close()
    throw error
  }
}

function listenSentence(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} of ${host} is taken by another program; stop that one or choose another port (KEYWRIGHT_PORT).`
  if (error.code === 'EACCES')
    return `This user may not listen on port ${port}; choose a port above 1023 (KEYWRIGHT_PORT).`
  return `The server cannot listen on ${host}, port ${port} (${error.code ?? error.message}); correct KEYWRIGHT_HOST or KEYWRIGHT_PORT.`
}

/** Connections of a server that `node:http` knows nothing of. */
export interface OwnConnections {
  keepNone(): void
  closeIdle(): void
  closeAll(): void
}

/** Answers as ever, but keeps no connection for another request: who has one open opens the next one elsewhere. */
export function keepNoConnections(server: Server, own: OwnConnections | null): void {
  own?.keepNone()
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false
  })
}

const idleEveryMs = 50

/** Takes no new connection, lets the answers that are under way go out, and after a while, in milliseconds, cuts off what is left. */
export async function stopListening(server: Server, own: OwnConnections | null, drainMs: number): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  // Whoever asks again and again, as the console does, would keep its connection to the end.
  keepNoConnections(server, own)
  const sweep = setInterval(() => {
    own?.closeIdle()
    server.closeIdleConnections()
  }, idleEveryMs)
  const force = setTimeout(() => {
    own?.closeAll()
    server.closeAllConnections()
  }, drainMs)
  await ended
  clearInterval(sweep)
  clearTimeout(force)
}

/** The port that a server listens on. */
export const portOf = (server: Server): number => (server.address() as AddressInfo).port

// Every interface is no address to go to, and browsers bind passkeys to names, never to addresses.
const calledLocalhost = new Set(['0.0.0.0', '::', '127.0.0.1', '::1'])

/** Where a server is reached, without a slash at the end. */
export function urlOf(settings: Settings, server: Server): string {
  if (settings.publicUrl !== null) return settings.publicUrl
  const host = calledLocalhost.has(settings.host) ? 'localhost' : settings.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`
}

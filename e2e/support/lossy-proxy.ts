import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterwards } from './cleanup.ts'

/** A proxy in front of a server that may be exchanged for another. */
export interface LossyProxy {
  readonly url: string
  /** From now on requests go to another address. */
  leadTo(url: string): void
  /** How many answers did not come back although the server gave them. */
  readonly lost: () => number
}

/** Starts a proxy on a free port that passes everything on, but cuts the connection instead of passing on the answers that `loses` names. */
export async function lossyProxy(url: string, loses: (request: IncomingMessage) => boolean): Promise<LossyProxy> {
  let target = new URL(url)
  let lost = 0
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    const isLost = loses(request)
    const options = { method: request.method ?? 'GET', path: request.url ?? '/', headers: request.headers }
    const passed = send({ hostname: target.hostname, port: target.port, ...options }, (answer) => {
      if (isLost) {
        answer.resume()
        answer.once('end', () => {
          lost++
          request.socket.destroy()
        })
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.once('error', () => response.destroy())
    })
    passed.once('error', () => request.socket.destroy())
    response.once('close', () => passed.destroy())
    request.pipe(passed)
  }
  const server = createServer(pass)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterwards(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo: (other) => {
      target = new URL(other)
    },
    lost: () => lost,
  }
}

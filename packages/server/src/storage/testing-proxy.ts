import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

/** A way to a server that can go silent. */
export interface TcpProxy {
  readonly port: number
  /** From now on nothing gets through, either way, and nobody is told, as when a firewall drops packets. */
  swallow(): void
  /** New connections lead to the server again. Those that were silent stay silent for ever: what was in between knows them no more. */
  pass(): void
  close(): void
}

/** Starts a proxy on a free port of an address that leads to a port of this machine. */
export async function startTcpProxy(port: number, host = '127.0.0.1'): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let silences = 0
  let isSilent = false
  const server = createServer((client) => {
    const upstream = dial(port, '127.0.0.1')
    // One that is made in a silence belongs to it.
    const madeIn = silences
    const isOpen = () => !isSilent && madeIn === silences
    const carry = (from: Socket, to: Socket) => {
      from.setNoDelay(true)
      from.on('data', (part: Buffer) => void (isOpen() && to.write(part)))
      from.once('end', () => void (isOpen() && to.end()))
      from.on('error', () => {})
      from.once('close', () => {
        sockets.delete(from)
        if (isOpen()) to.destroy()
      })
      sockets.add(from)
    }
    carry(client, upstream)
    carry(upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    swallow: () => {
      isSilent = true
    },
    pass: () => {
      isSilent = false
      silences++
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

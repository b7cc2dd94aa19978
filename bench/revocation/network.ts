import { createServer, connect as dial, type Socket } from 'node:net'

/** What happens to what is sent through a network. */
export interface Weather {
  /** Milliseconds by which every piece is late, each way. */
  readonly delayMs?: number
  /** Nothing gets through, and nobody is told: as when every packet is dropped. */
  readonly drops?: boolean
  /** Connections on which the feed is asked for are cut, each time. */
  readonly cutsFeed?: boolean
}

/** A network between an SDK and a server, with a weather of ours. */
export interface Network {
  readonly url: string
  /** From now on; what is under way is not touched. */
  become(weather: Weather): void
  close(): Promise<void>
}

const feedRequest = /^GET \/v1\/feed[ ?]/m

/** Starts a TCP proxy on a free port that leads to a server. */
export async function startNetwork(serverUrl: string): Promise<Network> {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  const feeds = new Set<Socket>()
  let weather: Weather = {}
  /** What was dropped comes after all, as a packet that is sent again does. */
  let waiting: (() => void)[] = []
  const later = (work: () => void) => {
    if (weather.drops === true) waiting.push(work)
    else if (weather.delayMs === undefined) work()
    else setTimeout(work, weather.delayMs)
  }
  const carry = (from: Socket, to: Socket, seen: (chunk: Buffer) => void) => {
    from.on('data', (chunk: Buffer) => {
      seen(chunk)
      later(() => void (to.destroyed || to.write(chunk)))
    })
    from.once('end', () => later(() => void to.end()))
    // More than one may come of the same socket.
    from.on('error', () => to.destroy())
    from.once('close', () => later(() => void to.destroy()))
  }
  const server = createServer((client) => {
    const upstream = dial(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.once('close', () => sockets.delete(socket))
    }
    client.once('close', () => feeds.delete(client))
    carry(client, upstream, (chunk) => {
      if (!feedRequest.test(chunk.toString('latin1'))) return
      feeds.add(client)
      if (weather.cutsFeed === true) client.destroy()
    })
    carry(upstream, client, () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    become: (next) => {
      weather = next
      if (next.cutsFeed === true) for (const feed of feeds) feed.destroy()
      if (next.drops === true) return
      const kept = waiting
      waiting = []
      for (const work of kept) work()
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

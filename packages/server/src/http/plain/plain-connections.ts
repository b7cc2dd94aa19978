import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange } from '../data-plane/exchange.ts'
import { PlainExchange } from './plain-exchange.ts'
import { readPlainRequest } from './plain-request.ts'

/** Who answers plain requests. */
export interface PlainDoors {
  /** Whether somebody waits at an address. */
  isPlain(method: string, url: string): boolean
  servePlain(exchange: Exchange): void
}

/** How long a connection may be silent: before its first request, and between two, of which its client is told somewhat less. */
export interface Silences {
  readonly firstMs: number
  readonly betweenMs: number
  readonly toldSeconds: number
}

/**
 * The connections of a server over which nothing but plain requests came so far, each answered before the next is read. The first request that
 * is anything else hands its connection, with what was read, over to `node:http` for good. Reading and writing cost about half of what they do there.
 */
export class PlainConnections {
  readonly doors: PlainDoors
  readonly silences: Silences
  readonly #handOver: (socket: Socket) => void
  readonly #open = new Set<PlainConnection>()
  #answered: PlainConnection[] = []
  #keeps = true

  /** Puts itself before the server's own reader. */
  constructor(server: Server, doors: PlainDoors, silences: Silences) {
    this.doors = doors
    this.silences = silences
    const [own] = server.listeners('connection')
    if (own === undefined) throw new Error('the server has no reader of its own')
    this.#handOver = (socket) => void own.call(server, socket)
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => this.#open.add(new PlainConnection(socket, this)))
  }

  get keeps(): boolean {
    return this.#keeps
  }

  /** From now on each connection ends with its next answer. */
  keepNone(): void {
    this.#keeps = false
  }

  /** Ends the connections that wait for nothing. */
  closeIdle(): void {
    for (const connection of this.#open) if (connection.isIdle) connection.destroy()
  }

  closeAll(): void {
    for (const connection of this.#open) connection.destroy()
  }

  /** Leaves a connection and what was read of it to `node:http`. */
  handOver(connection: PlainConnection, socket: Socket, read: Buffer): void {
    this.#open.delete(connection)
    this.#handOver(socket)
    socket.unshift(read)
    socket.resume()
  }

  forget(connection: PlainConnection): void {
    this.#open.delete(connection)
  }

  /**
   * Writes an answer in the same turn of the event loop, once every request that the turn has brought was read: answers one behind the other
   * wake a client of many connections once.
   */
  writeTogether(connection: PlainConnection): void {
    if (this.#answered.push(connection) === 1) setImmediate(() => this.#writeAll())
  }

  #writeAll(): void {
    const all = this.#answered
    this.#answered = []
    for (const connection of all) connection.write()
  }
}

/** One connection with at most one request under way. */
class PlainConnection {
  readonly #socket: Socket
  readonly #all: PlainConnections
  /** The request that is under way. */
  #exchange: PlainExchange | null = null
  /** What came while a request was under way. */
  #early: Buffer | null = null
  #isEnded = false

  constructor(socket: Socket, all: PlainConnections) {
    this.#socket = socket
    this.#all = all
    socket.setTimeout(all.silences.firstMs)
    socket.on('data', this.#read)
    socket.on('end', this.#end)
    socket.on('timeout', this.#silent)
    socket.on('drain', this.#drained)
    socket.on('error', this.destroy)
    socket.on('close', this.#closed)
  }

  get isIdle(): boolean {
    return this.#exchange === null
  }

  get peer(): string | undefined {
    return this.#socket.remoteAddress
  }

  readonly destroy = (): void => {
    this.#socket.destroy()
  }

  answered(): void {
    this.#all.writeTogether(this)
  }

  /** Writes the answer of the request that is under way. */
  write(): void {
    const exchange = this.#exchange
    const socket = this.#socket
    if (exchange === null || socket.destroyed) return
    const { keeps, silences } = this.#all
    const isLast = !keeps || this.#isEnded
    const head = `${exchange.head}Date: ${httpDate()}\r\nConnection: ${isLast ? 'close' : keepAlive(silences)}\r\n\r\n`
    const { body } = exchange
    const isFlowing = exchange.isAscii ? socket.write(head + body, 'latin1') : writeBoth(socket, head, body)
    // Also where the client never ends its own side.
    if (isLast) socket.destroySoon()
    else if (isFlowing) this.#next()
  }

  /** A client that does not read its answers is not read either. */
  readonly #drained = (): void => this.#next()

  #next(): void {
    if (this.#exchange === null) return
    this.#exchange = null
    const early = this.#early
    if (early === null) return
    this.#early = null
    this.#leave(early)
  }

  readonly #read = (bytes: Buffer): void => {
    if (this.#exchange !== null) {
      // Nothing more is told of a paused stream.
      this.#socket.pause()
      this.#early = bytes
      return
    }
    const { doors, silences } = this.#all
    const request = readPlainRequest(bytes, doors.isPlain)
    if (request === undefined) {
      this.#leave(bytes)
      return
    }
    if (this.#socket.timeout === silences.firstMs) this.#socket.setTimeout(silences.betweenMs)
    this.#exchange = new PlainExchange(request, this)
    doors.servePlain(this.#exchange)
  }

  #leave(bytes: Buffer): void {
    const socket = this.#socket
    socket.setTimeout(0)
    socket.off('data', this.#read)
    socket.off('end', this.#end)
    socket.off('timeout', this.#silent)
    socket.off('drain', this.#drained)
    socket.off('error', this.destroy)
    socket.off('close', this.#closed)
    this.#all.handOver(this, socket, bytes)
  }

  readonly #end = (): void => {
    this.#isEnded = true
    if (this.#exchange === null) this.#socket.end()
  }

  readonly #silent = (): void => {
    if (this.#exchange === null || this.#socket.writableLength > 0) this.destroy()
  }

  readonly #closed = (): void => this.#all.forget(this)
}

function writeBoth(socket: Socket, head: string, body: string): boolean {
  socket.cork()
  socket.write(head, 'latin1')
  const isFlowing = socket.write(body, 'utf8')
  socket.uncork()
  return isFlowing
}

const keepAlive = ({ toldSeconds }: Silences): string => `keep-alive\r\nKeep-Alive: timeout=${toldSeconds}`

let date = { second: 0, text: '' }

/** The time of this process as RFC 9110 section 5.6.7 writes it. */
function httpDate(): string {
  const nowMs = Date.now()
  const second = Math.floor(nowMs / 1_000)
  if (date.second !== second) date = { second, text: new Date(nowMs).toUTCString() }
  return date.text
}

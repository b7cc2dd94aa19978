import { STATUS_CODES } from 'node:http'
import type { Exchange } from '../data-plane/exchange.ts'
import type { PlainRequest } from './plain-request.ts'

// Whatever else could end a line, or be read in two encodings.
const visible = /^[\t\x20-\x7e]*$/

/** Over what a plain request came. */
export interface PlainWay {
  readonly peer: string | undefined
  /** Hears that the answer is there. */
  answered(): void
  destroy(): void
}

/** One plain request and its answer. */
export class PlainExchange implements Exchange {
  readonly #request: PlainRequest
  readonly #way: PlainWay
  /** The answer's first lines, as far as they do not depend on the connection. */
  head = ''
  body = ''
  #bodyBytes = 0

  constructor(request: PlainRequest, way: PlainWay) {
    this.#request = request
    this.#way = way
  }

  get method(): string {
    return this.#request.method
  }

  get url(): string {
    return this.#request.url
  }

  get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders
  }

  /** Whether the answer is ASCII throughout, so that one encoding writes all of it. */
  get isAscii(): boolean {
    return this.body.length === this.#bodyBytes
  }

  get isAnswered(): boolean {
    return this.head !== ''
  }

  peer(): string | undefined {
    return this.#way.peer
  }

  readBody(bytesMax: number, done: (text: string | undefined) => void): void {
    done(this.#request.bodyBytes > bytesMax ? undefined : this.#request.body)
  }

  answer(status: number, fields: readonly string[], body: string): void {
    if (this.isAnswered) throw new Error('the request was answered before')
    this.body = body
    this.#bodyBytes = Buffer.byteLength(body)
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\nContent-Length: ${this.#bodyBytes}\r\n`
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const value = fields[index + 1] as string
      if (!visible.test(value)) throw new Error(`the field ${fields[index]} has a character that no field can hold`)
      head += `${fields[index]}: ${value}\r\n`
    }
    this.head = head
    this.#way.answered()
  }

  destroy(): void {
    this.#way.destroy()
  }
}

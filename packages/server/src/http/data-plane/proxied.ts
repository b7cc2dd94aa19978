import type { AcceptedHeader } from '@keywright/core'

/** What a proxy says of a request that it asks about, read from the lines as they came: Node joins some repeated ones and forgets others. */
export class Proxied {
  /** The proxy's own credential, and how often it was sent. */
  credential = ''
  credentials = 0
  /** The field that may hold the client's key, and how many of that kind there are. */
  keyHeader: AcceptedHeader = 'authorization'
  keyField = ''
  keyFields = 0
  /** The address that the client asked for, where the proxy names it; `agrees`: nothing else names another one. */
  address: string | undefined
  agrees = true
  forwardedFor: string | null = null
  userAgent: string | undefined
  /** What is asked of the key, where it cannot stand in the query, and how often it was sent. */
  asked = ''
  askedTimes = 0

  /** `address` is the client's, where it was appended to the door's. */
  constructor(rawHeaders: readonly string[], address: string | undefined) {
    this.address = address
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] as string
      // Most lines are told apart by the length of their names alone.
      if (namesByLength[name.length] !== undefined) this.#take(name.toLowerCase(), rawHeaders[index + 1] as string)
    }
  }

  #take(name: string, value: string): void {
    switch (name) {
      case 'x-keywright-credential':
        this.credentials++
        this.credential = value
        break
      case 'authorization':
      case 'x-api-key':
        this.keyFields++
        this.keyHeader = name
        this.keyField = value
        break
      case 'x-forwarded-uri':
      case 'x-original-uri':
        // A proxy that is told not to send a line often sends it empty.
        if (value === '') break
        if (this.address !== undefined && this.address !== value) this.agrees = false
        this.address = value
        break
      case 'x-forwarded-for':
        this.forwardedFor = this.forwardedFor === null ? value : `${this.forwardedFor},${value}`
        break
      case 'user-agent':
        this.userAgent ??= value
        break
      case 'x-keywright-check':
        this.askedTimes++
        this.asked = value
        break
      default:
    }
  }
}

const namesByLength: (true | undefined)[] = []
for (const name of [
  'x-keywright-credential',
  'authorization',
  'x-api-key',
  'x-forwarded-uri',
  'x-original-uri',
  'x-forwarded-for',
  'user-agent',
  'x-keywright-check',
]) {
  namesByLength[name.length] = true
}

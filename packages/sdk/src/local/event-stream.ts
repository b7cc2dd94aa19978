/** One event of a stream. */
export interface StreamEvent {
  readonly type: string
  /** The last id that the stream named, this event's own included. */
  readonly id: string
  readonly data: string
}

/** The most that one event may have, in characters; a stream with a longer one is not followed. */
const eventCharactersMax = 65_536

/** Reads server-sent events (HTML Living Standard, section 9.2.6) from the pieces in which their text comes. */
export class EventStreamReader {
  #rest = ''
  #id = ''
  #type = ''
  #data: string[] = []
  #held = 0

  /** The events that are whole with one more piece. Throws on an event that is too long. */
  read(piece: string): StreamEvent[] {
    const text = this.#rest + piece
    // A carriage return at the end may be the first half of a line break.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text
    const lines = whole.split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '') + text.slice(whole.length)
    const events: StreamEvent[] = []
    for (const line of lines) {
      if (line === '') this.#end(events)
      else this.#take(line)
    }
    if (this.#rest.length + this.#held > eventCharactersMax) throw new Error('an event of the stream is too long')
    return events
  }

  #take(line: string): void {
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'event') this.#type = value
    else if (name === 'data') {
      this.#data.push(value)
      this.#held += value.length
    }
  }

  #end(events: StreamEvent[]): void {
    if (this.#data.length > 0)
      events.push({ type: this.#type === '' ? 'message' : this.#type, id: this.#id, data: this.#data.join('\n') })
    this.#type = ''
    this.#data = []
    this.#held = 0
  }
}

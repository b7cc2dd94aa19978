/** The most that one event may have, in characters; a stream with a longer one is not followed. */
const eventCharactersMax = 65_536

/** Reads the ids of server-sent events (HTML Living Standard, section 9.2.6) from the pieces in which their text comes. */
export class EventIds {
  #rest = ''
  #id = ''
  #hasData = false
  #held = 0

  /** The last id that the stream named, for each event that is whole with one more piece. Throws on an event that is too long. */
  read(piece: string): string[] {
    const text = this.#rest + piece
    // A carriage return at the end may be the first half of a line break.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text
    const lines = whole.split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '') + text.slice(whole.length)
    const ids: string[] = []
    for (const line of lines) {
      if (line !== '') this.#take(line)
      else {
        if (this.#hasData) ids.push(this.#id)
        this.#hasData = false
        this.#held = 0
      }
    }
    if (this.#rest.length + this.#held > eventCharactersMax) throw new Error('an event of the stream is too long')
    return ids
  }

  #take(line: string): void {
    const [name] = line.split(':', 1) as [string]
    const value = line.slice(name.length + 1).replace(/^ /, '')
    if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'data') {
      this.#hasData = true
      this.#held += value.length
    }
  }
}

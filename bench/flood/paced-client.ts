import { connect, type Socket } from 'node:net'

/** What a client sends and how fast. */
export interface Pace {
  /** Requests a second, due at even times whether or not the server keeps up; `Infinity`: each connection sends as soon as it was answered. */
  readonly ratePerSecond: number
  /** Ends after so many requests, after this time, or when this is settled, whichever is first. */
  readonly requests: number
  readonly durationMs: number
  readonly until?: Promise<unknown> | undefined
}

/** What was sent again and again, and how it has to be answered. */
export interface Requests {
  readonly port: number
  readonly credential: string
  readonly connections: number
  body(index: number): string
  /** Throws where an answer's body is not as expected. */
  expect(body: string): void
}

/** How long each answer took, milliseconds from when its request was due; and how many were answered a second. */
export interface Paced {
  readonly latenciesMs: readonly number[]
  readonly perSecond: number
}

/** One connection with at most one request under way. */
class Line {
  readonly #socket: Socket
  readonly #answered: (line: Line, status: number, body: string) => void
  #text = ''
  dueMs = 0

  constructor(
    port: number,
    answered: (line: Line, status: number, body: string) => void,
    failed: (error: Error) => void,
  ) {
    this.#answered = answered
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1')
    this.#socket.on('data', (text: string) => this.#read(text))
    this.#socket.once('error', failed)
    this.#socket.once('close', () => failed(new Error('the server closed a connection')))
  }

  send(request: string): void {
    this.#socket.write(request, 'latin1')
  }

  close(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.destroy()
  }

  #read(text: string): void {
    this.#text += text
    const end = this.#text.indexOf('\r\n\r\n')
    if (end === -1) return
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#text)?.[1] ?? 0)
    if (this.#text.length < end + 4 + length) return
    const whole = this.#text
    this.#text = ''
    this.#answered(this, Number(whole.slice(9, 12)), whole.slice(end + 4))
  }
}

/** Sends checks at a pace, and takes the time of each answer; rejects where one is not answered with 200 as expected. */
export function sendPaced(requests: Requests, pace: Pace): Promise<Paced> {
  const { port, connections } = requests
  const head = `POST /v1/verify HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${requests.credential}\r\ncontent-type: application/json\r\ncontent-length: `
  return new Promise((resolve, reject) => {
    const latenciesMs: number[] = []
    const idle: Line[] = []
    let sent = 0
    let timer: NodeJS.Timeout | undefined
    const startMs = performance.now()
    let isTold = false
    const tell = () => {
      isTold = true
    }
    pace.until?.then(tell, tell)
    const isOver = () => isTold || sent >= pace.requests || performance.now() - startMs >= pace.durationMs
    const finish = (error?: Error) => {
      clearInterval(timer)
      for (const line of lines) line.close()
      if (error !== undefined) reject(error)
      else resolve({ latenciesMs, perSecond: latenciesMs.length / ((performance.now() - startMs) / 1_000) })
    }
    const send = (line: Line, dueMs: number) => {
      const body = requests.body(sent++)
      line.dueMs = dueMs
      line.send(`${head}${body.length}\r\n\r\n${body}`)
    }
    const dueMs = (index: number) => startMs + (index / pace.ratePerSecond) * 1_000
    const sendDue = () => {
      const nowMs = performance.now()
      while (!isOver() && dueMs(sent) <= nowMs) {
        const line = idle.pop()
        if (line === undefined) return
        send(line, pace.ratePerSecond === Number.POSITIVE_INFINITY ? nowMs : dueMs(sent))
      }
      if (isOver() && idle.length === connections) finish()
    }
    const answered = (line: Line, status: number, body: string) => {
      latenciesMs.push(performance.now() - line.dueMs)
      try {
        if (status !== 200) throw new Error(`a check was answered ${status} ${body}`)
        requests.expect(body)
      } catch (error) {
        finish(error as Error)
        return
      }
      idle.push(line)
      sendDue()
    }
    const lines = Array.from({ length: connections }, () => new Line(port, answered, finish))
    idle.push(...lines)
    timer = setInterval(sendDue, 1)
  })
}

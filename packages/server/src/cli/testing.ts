import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { run } from './program.ts'
import type { Terminal } from './terminal.ts'

/** What one command line left behind. */
export interface Outcome {
  readonly code: number
  readonly output: string
  readonly complaints: string
}

/** Runs a command line in this process, with a terminal of its own. */
export async function command(
  given: readonly string[],
  options: {
    readonly environment?: Terminal['environment']
    readonly input?: string
    readonly folder?: string
    readonly watched?: boolean
  } = {},
): Promise<Outcome> {
  const written = { output: '', complaints: '' }
  const code = await run(given, {
    environment: options.environment ?? {},
    folder: options.folder ?? process.cwd(),
    write: (text) => {
      written.output += text
    },
    tell: (text) => {
      written.complaints += text
    },
    watched: options.watched ?? false,
    readInput: async () => options.input ?? '',
    stopSignal: () => new Promise<string>(() => {}),
  })
  return { code, ...written }
}

/** One request as a server got it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** What a server answers to one request. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A server that writes down what it is asked and answers what a test says. */
export async function recordingServer(
  answer: (request: Received) => Answer,
): Promise<{ readonly url: string; readonly received: Received[]; close(): Promise<void> }> {
  const received: Received[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await readText(request)
    const entry: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
    received.push(entry)
    const { status = 200, headers = {}, body = '' } = answer(entry)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

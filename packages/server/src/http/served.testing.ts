import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeywrightConfig } from '@keywright/core'
import type { Clock } from '../clock.ts'
import { createLogger } from '../log.ts'
import { serve } from '../server.ts'
import { readSettings } from '../settings.ts'
import { managedSource } from './testing.ts'

/** A whole server, as it is started, with an operator's credential. */
export interface Served {
  readonly url: string
  readonly operator: string
  /** The lines of its log. */
  readonly lines: string[]
  /** Sends JSON with a credential (the operator's where none is named) and answers status, headers and text. */
  call(
    method: string,
    path: string,
    sent?: { readonly body?: unknown; readonly token?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }>
  /** Makes something and answers its record; throws where it was refused. */
  make(
    path: string,
    body: unknown,
  ): Promise<Readonly<Record<string, unknown>> & { readonly id: string; readonly secret: string }>
  /** Sends the pieces as they are over one connection, each after something came back, and answers all that came until it closed or fell silent. */
  raw(...pieces: readonly string[]): Promise<{ readonly text: string; readonly closed: boolean }>
  close(): Promise<void>
}

const silenceMs = 250

/** Starts a server on a port and in a folder of its own. */
export async function openServed(clock: Clock, config: KeywrightConfig = managedSource): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-'))
  const configFile = join(folder, 'keywright.config.json')
  writeFileSync(configFile, JSON.stringify(config))
  const operator = '7d3f9b1c5e8a2046d1b7f3e95c0a8264be13d79f5a60c82e'
  const environment = {
    KEYWRIGHT_PORT: '0',
    KEYWRIGHT_DATA: join(folder, 'data'),
    KEYWRIGHT_CONFIG: configFile,
    KEYWRIGHT_OPERATOR_KEY: operator,
  }
  const read = readSettings({ environment, flags: {}, folder })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const lines: string[] = []
  const log = createLogger({ level: 'info', write: (line) => lines.push(line) })
  const server = await serve(read.settings, { log, clock })
  const port = Number(new URL(server.url).port)
  const call: Served['call'] = async (method, path, { body, token = operator, headers = {} } = {}) => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return {
    url: server.url,
    operator,
    lines,
    call,
    make: async (path, body) => {
      const answer = await call('POST', path, { body })
      if (answer.status !== 201) throw new Error(answer.text)
      return JSON.parse(answer.text) as Awaited<ReturnType<Served['make']>>
    },
    raw: (...pieces) => exchange(port, pieces),
    close: async () => {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function exchange(port: number, pieces: readonly string[]): ReturnType<Served['raw']> {
  return new Promise((resolve) => {
    let text = ''
    let silence: NodeJS.Timeout | undefined
    const waiting = [...pieces]
    const socket = connect(port, '127.0.0.1', () => socket.write(waiting.shift() ?? '', 'latin1'))
    const finish = (closed: boolean) => {
      clearTimeout(silence)
      socket.destroy()
      resolve({ text, closed })
    }
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const next = waiting.shift()
      if (next !== undefined) socket.write(next, 'latin1')
      clearTimeout(silence)
      silence = setTimeout(() => finish(false), silenceMs)
    })
    // A connection that was closed on us says so by an error, too.
    socket.on('error', () => {})
    socket.on('close', () => finish(true))
  })
}

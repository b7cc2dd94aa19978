import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { repository } from './child-server.ts'
import { afterwards, temporaryFolder } from './cleanup.ts'
import { namedBlocks } from './markdown.ts'
import { until } from './poll.ts'
import { freePort } from './ports.ts'

/** What a gateway stands between, and how it proves itself. */
export interface Surroundings {
  /** Host and port of Keywright. */
  readonly keywright: string
  /** Host and port of the API. */
  readonly api: string
  readonly credential: string
}

/** A gateway that runs, by its port. */
export type StartGateway = (program: string, surroundings: Surroundings) => Promise<number>

const guide = readFileSync(join(repository, 'docs/guides/gateways.md'), 'utf8')

/** A snippet of the guide with other addresses and the credential; what is to be replaced has to be there. */
function snippet(language: string, name: string, replaced: Readonly<Record<string, string>>): string {
  let text = namedBlocks(guide, language).get(name) ?? ''
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new Error(`${name} of the guide has no ${from}`)
    text = text.replaceAll(from, to)
  }
  return text
}

/** Runs a program until the file's tests are over, and waits until it listens. */
async function run(
  program: string,
  parameters: readonly string[],
  port: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(program, [...parameters], { env: { PATH: process.env['PATH'], ...environment } })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  afterwards(() => end(child))
  await until(`${program} to listen at ${port}`, async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${Buffer.concat(parts).toString('utf8')}`)
    return await answers(port)
  })
  return port
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/', agent: false }, (incoming) => {
      incoming.resume()
      resolve(true)
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })

/** Starts nginx on the guide's snippet. */
export const startNginx: StartGateway = async (program, { keywright, api, credential }) => {
  const [folder, port] = [temporaryFolder(), await freePort()]
  const server = snippet('nginx', 'nginx.conf', {
    '127.0.0.1:3000': keywright,
    '127.0.0.1:4000': api,
    'listen 8080': `listen 127.0.0.1:${port}`,
    '<verify credential>': credential,
  })
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const whole = `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr;
events {}
http { access_log off; ${kept.join(' ')}
${server} }`
  writeFileSync(join(folder, 'nginx.conf'), whole)
  return await run(program, ['-p', folder, '-e', 'stderr', '-c', 'nginx.conf'], port)
}

/** Starts Caddy on the guide's snippet. */
export const startCaddy: StartGateway = async (program, { keywright, api, credential }) => {
  const [folder, port] = [temporaryFolder(), await freePort()]
  const site = snippet('caddyfile', 'Caddyfile', {
    '127.0.0.1:3000': keywright,
    '127.0.0.1:4000': api,
    ':8080': `:${port}`,
  })
  const file = join(folder, 'Caddyfile')
  writeFileSync(file, `{\n  admin off\n  default_bind 127.0.0.1\n}\n${site}`)
  return await run(program, ['run', '--config', file, '--adapter', 'caddyfile'], port, {
    KEYWRIGHT_CREDENTIAL: credential,
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  })
}

/** Starts HAProxy on the guide's snippets. */
export const startHaproxy: StartGateway = async (program, { keywright, api, credential }) => {
  const [folder, port] = [temporaryFolder(), await freePort()]
  mkdirSync(folder, { recursive: true })
  const lua = join(folder, 'keywright.lua')
  writeFileSync(lua, snippet('lua', 'keywright.lua', { '127.0.0.1:3000': keywright }))
  const file = join(folder, 'haproxy.cfg')
  const replaced = { '127.0.0.1:4000': api, ':8080': `127.0.0.1:${port}`, 'keywright.lua': lua }
  writeFileSync(file, snippet('haproxy', 'haproxy.cfg', replaced))
  return await run(program, ['-db', '-f', file], port, { KEYWRIGHT_CREDENTIAL: credential })
}

/** An API that remembers the header lines of what reached it. */
export interface RecordingApi {
  readonly address: string
  /** The lines, names in lower case, of each request since the last call. */
  readonly taken: () => readonly (readonly (readonly [string, string])[])[]
}

/** Starts an API that answers everything and checks nothing. */
export async function startRecordingApi(): Promise<RecordingApi> {
  let seen: (readonly (readonly [string, string])[])[] = []
  const server = createServer((incoming, response) => {
    const raw = incoming.rawHeaders
    seen.push(
      Array.from({ length: raw.length >> 1 }, (_, index) => [
        String(raw[index * 2]).toLowerCase(),
        String(raw[index * 2 + 1]),
      ]),
    )
    response.end('{"jobs":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterwards(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => {
      const before = seen
      seen = []
      return before
    },
  }
}

/** What a gateway answered. */
export interface GatewayAnswer {
  readonly status: number
  readonly fields: Readonly<Record<string, string | undefined>>
  readonly text: string
}

/** Sends header lines to a gateway as they are, repeated ones too. */
export function through(
  port: number,
  path: string,
  lines: readonly (readonly [string, string])[],
  method = 'GET',
): Promise<GatewayAnswer> {
  return new Promise((resolve, reject) => {
    const headers = ['Host', 'api.example.com', 'Connection', 'close', ...lines.flat()]
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => {
        text += part
      })
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          fields: incoming.headers as Record<string, string | undefined>,
          text,
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(method === 'POST' ? '{}' : undefined)
  })
}

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { Answer, Call, CallOptions } from './calls.ts'
import { type ChildServer, startServer } from './child-server.ts'
import { afterwards, temporaryFolder } from './cleanup.ts'
import { configFile } from './everything.config.ts'
import { until } from './poll.ts'

/** The lines of a server's log so far. */
const logOf = (server: ChildServer): readonly Readonly<Record<string, unknown>>[] =>
  server
    .told()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)

/** The workers of a server that ever served, in order: their numbers and process ids. */
export const workersOf = (server: ChildServer): readonly { readonly worker: number; readonly pid: number }[] =>
  logOf(server).flatMap(({ msg, worker, pid }) =>
    msg === 'A worker serves.' ? [{ worker: Number(worker), pid: Number(pid) }] : [],
  )

/** The number of the worker that leads. */
export const leadOf = (server: ChildServer): number | undefined =>
  logOf(server).findLast(({ msg }) => String(msg).startsWith('This worker leads'))?.['worker'] as number | undefined

/** Whether a process is there and has not ended: one that nobody has asked for its exit code keeps its number although it is gone. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // It ended meanwhile, or this system has no such files.
    return !existsSync('/proc/self/stat')
  }
}

/** The environment of a server with workers and a folder of its own, with an operator credential. */
export const workersEnvironment = (workers: number, more: Readonly<Record<string, string>> = {}) => ({
  KEYWRIGHT_DATA: temporaryFolder(),
  KEYWRIGHT_CONFIG: configFile,
  KEYWRIGHT_OPERATOR_KEY: randomBytes(32).toString('hex'),
  KEYWRIGHT_WORKERS: String(workers),
  ...more,
})

/** Starts such a server. What of it is still there when the file's tests are over goes then. */
export async function startWorkers(environment: Readonly<Record<string, string>>): Promise<ChildServer> {
  const server = await startServer(environment)
  afterwards(() => {
    for (const { pid } of workersOf(server)) if (isThere(pid)) process.kill(pid, 'SIGKILL')
  })
  return server
}

/** One kept connection, hence one worker, which is the same as long as the connection is. */
export interface Connection {
  /** Makes calls with a credential over the connection. */
  with(credential: string): Call
  close(): void
}

/** Opens a connection. Every call goes over it, one after the other. */
export function openConnection(url: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  afterwards(() => agent.destroy())
  const { hostname, port } = new URL(url)
  const call =
    (credential: string): Call =>
    <Body>(method: string, path: string, { body, headers = {} }: CallOptions = {}) =>
      new Promise<Answer<Body>>((resolve, reject) => {
        const text = body === undefined ? '' : JSON.stringify(body)
        const sent = request(
          {
            agent,
            host: hostname,
            port,
            method,
            path,
            headers: {
              authorization: `Bearer ${credential}`,
              ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
              ...headers,
            },
          },
          (response) => {
            const parts: Buffer[] = []
            response.on('data', (part: Buffer) => parts.push(part))
            response.on('error', reject)
            response.on('end', () => {
              const all = Buffer.concat(parts).toString('utf8')
              const isJson = /json/.test(response.headers['content-type'] ?? '')
              resolve({
                status: response.statusCode ?? 0,
                headers: new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
                text: all,
                body: (isJson ? JSON.parse(all) : {}) as Body,
              })
            })
          },
        )
        sent.on('error', reject)
        sent.end(text)
      })
  return { with: call, close: () => agent.destroy() }
}

/** The process part of the id of a request at a door of the data plane: another one in each worker. */
const workerPartOf = ({ headers }: Answer<unknown>): string =>
  (headers.get('x-request-id') ?? '').split('-').slice(0, -1).join('-')

/** A connection to each of so many workers. */
export async function connectionsToAll(
  url: string,
  credential: string,
  workers: number,
): Promise<readonly Connection[]> {
  const found = new Map<string, Connection>()
  await until(`connections to ${workers} workers`, async () => {
    const connection = openConnection(url)
    const part = workerPartOf(await connection.with(credential)('GET', '/v1/head'))
    if (found.has(part)) connection.close()
    else found.set(part, connection)
    return found.size === workers
  })
  return [...found.values()]
}

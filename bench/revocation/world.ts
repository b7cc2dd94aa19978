import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchEnvironment } from '../installation.ts'
import { startProgram } from '../program.ts'

const inFlight = 32

/** A key that may be revoked. */
export interface WorldKey {
  readonly id: string
  readonly secret: string
}

/** A running server with an account, and what is asked of it. */
export interface World {
  readonly url: string
  readonly pid: number
  /** What the server was given, for another one on the same store. */
  readonly environment: Readonly<Record<string, string>>
  /** A verify credential. */
  readonly credential: string
  /** Makes new keys. */
  makeKeys(count: number): Promise<readonly WorldKey[]>
  /** Revokes a key; answers when its 200 was here, by `nowNs`. */
  revoke(key: WorldKey, agent?: Agent): Promise<number>
  stop(): Promise<void>
}

/** Nanoseconds by the one monotonic clock that all processes of the machine share. */
export const nowNs = (): number => Number(process.hrtime.bigint())

/** One call over kept connections; rejects where it is not answered with 2xx. */
export function callWith(
  { url, credential, agent }: { readonly url: string; readonly credential: string; readonly agent: Agent },
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly body: Readonly<Record<string, unknown>>; readonly requestId: string; readonly atNs: number }> {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${credential}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { agent, method, headers }, (response) => {
      // The answer is there when its first line is.
      const atNs = nowNs()
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', reject)
      response.once('end', () => {
        const status = response.statusCode ?? 0
        if (status < 200 || status > 299) reject(new Error(`${method} ${path} was answered ${status}`))
        else {
          const answer = Buffer.concat(parts).toString('utf8')
          const requestId = String(response.headers['x-request-id'] ?? '')
          resolve({ body: answer === '' ? {} : (JSON.parse(answer) as Record<string, unknown>), requestId, atNs })
        }
      })
    })
    sent.once('error', reject)
    sent.end(text)
  })
}

/** Does something with each of many, so many at a time. */
export async function eachOf<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as Item, index)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Starts the shipped server in a temporary folder, on an embedded database unless `more` names another. */
export async function startWorld(more: Readonly<Record<string, string>> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'))
  const operatorKey = randomBytes(32).toString('hex')
  const environment = { ...benchEnvironment(folder, operatorKey), KEYWRIGHT_PORT: '0', ...more }
  const program = await startProgram(environment)
  const { url, pid } = program
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const operator = { url, credential: operatorKey, agent }
  const account = await callWith(operator, 'POST', '/v1/accounts', { name: 'Bench' })
  const credential = await callWith(operator, 'POST', '/v1/credentials', {
    kind: 'verify',
    name: 'Bench',
    environment: 'production',
    audiences: ['api'],
  })
  const keysPath = `/v1/accounts/${String(account.body['id'])}/keys`
  return {
    url,
    pid,
    environment,
    credential: String(credential.body['secret']),
    makeKeys: async (count) => {
      const keys: WorldKey[] = []
      await eachOf(Array.from({ length: count }), inFlight, async () => {
        const { body } = await callWith(operator, 'POST', keysPath, {
          name: 'Bench key',
          environment: 'production',
          preset: 'read',
        })
        keys.push({ id: String(body['id']), secret: String(body['secret']) })
      })
      return keys
    },
    revoke: async ({ id }, own = agent) =>
      (await callWith({ ...operator, agent: own }, 'POST', `/v1/keys/${id}/revoke`)).atNs,
    stop: async () => {
      agent.destroy()
      await program.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

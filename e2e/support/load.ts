import { Agent, request } from 'node:http'
import { afterwards } from './cleanup.ts'
import type { Cluster, ClusterNode } from './nodes.ts'
import { until } from './poll.ts'

/** One check as it was seen from outside, by the one clock of the process that sent it. */
export interface Sent {
  readonly node: number
  /** The id of the key. */
  readonly key: string
  readonly sentMs: number
  readonly answeredMs: number
  /** The verdict; `UNAVAILABLE` for a 503; another status as it is; the code of the error where no answer came. */
  readonly code: string
}

/** A key that is checked. */
export interface LoadKey {
  readonly id: string
  readonly secret: string
}

/** Checks of keys that are sent to every node again and again, without waiting for the answers of those before. */
export interface Load {
  /** Every check that was answered, or failed, so far. */
  readonly seen: readonly Sent[]
  /** From now on every second check is one of these, too. */
  aimAt(key: LoadKey): void
  /** Resolves when each node has accepted each of these keys by a check that was sent from now on. */
  accepted(keys: readonly LoadKey[], nodes: readonly ClusterNode[], withinMs: number): Promise<void>
  /** Sends nothing more and resolves when everything is answered. */
  stop(): Promise<void>
}

/** What load is made of. */
export interface LoadOptions {
  readonly keys: readonly LoadKey[]
  /** To each node. */
  readonly perSecond: number
  /** Connections are refused where a node is not there; then another one is asked. */
  readonly failsOver?: boolean
  readonly keepAlive?: boolean
}

const tickMs = 10
const aimedMax = 8
const underWayMax = 400
/** No fault of a test lasts so long; what is not answered by then never is. */
const hungMs = 40_000

/** Starts to send checks. */
export function startLoad(
  { nodes, credential }: Pick<Cluster, 'nodes' | 'credential'>,
  { keys, perSecond, failsOver = false, keepAlive = true }: LoadOptions,
): Load {
  const agent = new Agent({ keepAlive })
  afterwards(() => agent.destroy())
  const seen: Sent[] = []
  const aimed: LoadKey[] = []
  const underWay = nodes.map(() => new Set<Promise<void>>())
  // Each node has turns of its own: otherwise every second node would be asked for keys of one kind only.
  const turns = nodes.map(() => 0)
  const next = (node: number): LoadKey => {
    const turn = (turns[node] as number) + 1
    turns[node] = turn
    const from = turn % 2 === 1 && aimed.length > 0 ? aimed : keys
    return from[Math.floor(turn / 2) % from.length] as LoadKey
  }
  const send = async (first: number, { id, secret }: LoadKey): Promise<void> => {
    for (let tries = 0; ; tries++) {
      const node = (first + tries) % nodes.length
      // Before the first byte is written: what is judged is never older than this says.
      const sentMs = performance.now()
      const code = await check(agent, nodes[node] as ClusterNode, credential, secret)
      seen.push({ node, key: id, sentMs, answeredMs: performance.now(), code })
      if (!failsOver || code !== 'ECONNREFUSED' || tries === nodes.length - 1) return
    }
  }
  const beganMs = performance.now()
  let sentToEach = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - beganMs) / 1_000) * perSecond)
    for (; sentToEach < due; sentToEach++) {
      for (const [node, ownUnderWay] of underWay.entries()) {
        if (ownUnderWay.size >= underWayMax) continue
        const work: Promise<void> = send(node, next(node)).finally(() => ownUnderWay.delete(work))
        ownUnderWay.add(work)
      }
    }
  }, tickMs)
  afterwards(() => clearInterval(timer))
  return {
    seen,
    aimAt: (key) => {
      aimed.push(key)
      if (aimed.length > aimedMax) aimed.shift()
    },
    accepted: async (wanted, of, withinMs) => {
      const fromMs = performance.now()
      const missing = new Set(of.flatMap(({ index }) => wanted.map(({ id }) => `${index} ${id}`)))
      let looked = 0
      await until(
        'every node to accept every key',
        () => {
          for (; looked < seen.length; looked++) {
            const { node, key, code, sentMs } = seen[looked] as Sent
            if (code === 'VALID' && sentMs >= fromMs) missing.delete(`${node} ${key}`)
          }
          return missing.size === 0
        },
        withinMs,
      )
    },
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay.flatMap((each) => [...each]))
      agent.destroy()
    },
  }
}

/** The outcome of one check. */
function check(agent: Agent, { url }: ClusterNode, credential: string, key: string): Promise<string> {
  const text = JSON.stringify({ key })
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${credential}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)
    const options = { agent, method: 'POST', headers, timeout: hungMs }
    const sent = request(new URL('/v1/verify', url), options, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', failed)
      response.once('end', () => {
        const status = response.statusCode ?? 0
        if (status === 503) resolve('UNAVAILABLE')
        else if (status !== 200) resolve(String(status))
        else resolve((JSON.parse(Buffer.concat(parts).toString('utf8')) as { readonly code: string }).code)
      })
    })
    sent.once('timeout', () => sent.destroy(Object.assign(new Error('no answer'), { code: 'HUNG' })))
    sent.once('error', failed)
    sent.end(text)
  })
}

import { Agent } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { startProgram } from '../program.ts'
import { startShared } from '../shared.ts'
import { type CheckerProcess, startChecker } from './checker-process.ts'
import type { Fault } from './faults.ts'
import { startNamespaceNetwork } from './namespace.ts'
import { type Network, startNetwork } from './network.ts'
import { callWith, eachOf, startWorld, type World, type WorldKey } from './world.ts'

const settleMs = 200
const refusedMsMax = 60_000

/** How lags are measured. */
export interface LagOptions {
  readonly revocations: number
  readonly keysPerRound: number
  readonly freshnessMs: number
  /** Revocations that are under way at once. */
  readonly lanes: number
}

/** What was measured of one situation. */
export interface Lags {
  /** Of each key: milliseconds from the 200 of its revocation to its last acceptance; 0 where that came first. */
  readonly lagsMs: readonly number[]
  readonly checks: number
  readonly interrupted: number
}

/** An SDK's process behind a network of ours, and the server that it asks. */
export async function measureSdkLags(faults: readonly Fault[], options: LagOptions): Promise<Map<string, Lags>> {
  const { freshnessMs } = options
  const world = await startWorld({ KEYWRIGHT_FRESHNESS_MS: String(freshnessMs) })
  const network = await startNetwork(world.url)
  const { credential } = world
  const checker = await startChecker({ kind: 'sdk', url: network.url, credential, freshnessMs })
  try {
    const measured = new Map<string, Lags>()
    for (const fault of faults) measured.set(fault.name, await lagsUnder(fault, { world, network, checker }, options))
    return measured
  } finally {
    await checker.stop()
    await network.close()
    await world.stop()
  }
}

/** The same where the SDK's process is in a network namespace of its own; `undefined` where this machine has none to give. */
export async function measureNamespaceLags(fault: Fault, options: LagOptions): Promise<Lags | undefined> {
  const { freshnessMs } = options
  const world = await startWorld({ KEYWRIGHT_FRESHNESS_MS: String(freshnessMs), KEYWRIGHT_HOST: '0.0.0.0' })
  const network = startNamespaceNetwork(world.url)
  try {
    if (network === undefined) return undefined
    const { url, prefix } = network
    const checker = await startChecker({ kind: 'sdk', url, prefix, credential: world.credential, freshnessMs })
    try {
      return await lagsUnder(fault, { world, network, checker }, options)
    } finally {
      await checker.stop()
    }
  } finally {
    await network?.close()
    await world.stop()
  }
}

/** A worker of the server, while another one makes the revocations. */
export async function measureWorkerLags(fault: Fault, options: LagOptions): Promise<Lags> {
  const { freshnessMs } = options
  const world = await startWorld({ KEYWRIGHT_FRESHNESS_MS: String(freshnessMs), KEYWRIGHT_WORKERS: '2' })
  const network = await startNetwork(world.url)
  const { url, credential } = world
  const checker = await startChecker({ kind: 'worker', url, credential, freshnessMs })
  const agent = await agentOfAnother(world, checker.worker)
  try {
    return await lagsUnder(fault, { world, network, checker, agent }, options)
  } finally {
    agent.destroy()
    await checker.stop()
    await network.close()
    await world.stop()
  }
}

/** A second node on the same PostgreSQL, while the first one makes the revocations. */
export async function measureNodeLags(fault: Fault, options: LagOptions): Promise<Lags> {
  const { freshnessMs } = options
  const shared = await startShared()
  const world = await startWorld({ ...shared.environment, KEYWRIGHT_FRESHNESS_MS: String(freshnessMs) })
  const other = await startProgram(world.environment)
  const network = await startNetwork(other.url)
  const { credential } = world
  const checker = await startChecker({ kind: 'worker', url: other.url, credential, freshnessMs })
  try {
    return await lagsUnder(fault, { world, network, checker }, options)
  } finally {
    await checker.stop()
    await network.close()
    await other.stop()
    await world.stop()
    await shared.stop()
  }
}

/** One kept connection to a worker that is another one. */
async function agentOfAnother({ url, credential }: World, worker: string): Promise<Agent> {
  for (let round = 0; round < 50; round++) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const { requestId } = await callWith({ url, credential, agent }, 'GET', '/v1/head')
    if (requestId.slice(0, requestId.lastIndexOf('-')) !== worker) return agent
    agent.destroy()
  }
  throw new Error('all connections lead to the same worker')
}

interface Scene {
  readonly world: World
  readonly network: Network
  readonly checker: CheckerProcess
  readonly agent?: Agent
}

async function lagsUnder(fault: Fault, scene: Scene, options: LagOptions): Promise<Lags> {
  const lagsMs: number[] = []
  let [checks, interrupted] = [0, 0]
  while (lagsMs.length < options.revocations) {
    const count = Math.min(options.keysPerRound, options.revocations - lagsMs.length)
    const round = await measureRound(fault, scene, await scene.world.makeKeys(count), options)
    lagsMs.push(...round.lagsMs)
    checks += round.checks
    interrupted += round.interrupted
  }
  return { lagsMs, checks, interrupted }
}

async function measureRound(
  fault: Fault,
  { world, network, checker, agent }: Scene,
  keys: readonly WorldKey[],
  { freshnessMs, lanes }: LagOptions,
): Promise<Lags> {
  await checker.watch(keys.map(({ secret }) => secret))
  const answeredNs = new Array<number>(keys.length).fill(0)
  await fault.revoke({
    network,
    freshnessMs,
    serverPid: world.pid,
    checkerPid: checker.pid,
    revokeAll: async (answered) => {
      let count = 0
      await eachOf(keys, lanes, async (key, index) => {
        answeredNs[index] = await world.revoke(key, agent)
        answered?.(++count, keys.length)
      })
    },
  })
  network.become({})
  await untilRefused(checker)
  // Nothing comes back once it was refused: some more checks would show it.
  await wait(settleMs)
  const { acceptedNs, codes, checks, interrupted } = await checker.report()
  const back = codes.find((code) => code !== 'REVOKED')
  if (back !== undefined) throw new Error(`a revoked key was answered ${back} after it had been refused`)
  const lagsMs = acceptedNs.map((atNs, index) => Math.max(0, ((atNs ?? 0) - (answeredNs[index] as number)) / 1e6))
  return { lagsMs, checks, interrupted }
}

async function untilRefused(checker: CheckerProcess): Promise<void> {
  const deadline = performance.now() + refusedMsMax
  for (;;) {
    const { codes } = await checker.report()
    if (codes.every((code) => code === 'REVOKED')) return
    if (performance.now() > deadline) {
      const odd = codes.find((code) => code !== 'REVOKED')
      throw new Error(`a key was not refused as revoked within ${refusedMsMax} ms; the last answer was ${odd}`)
    }
    await wait(20)
  }
}

import { readFileSync } from 'node:fs'
import { startChild } from './children.ts'
import { type Pace, type Paced, sendPaced } from './flood/paced-client.ts'
import { atMost, distributionOf, median, percentile, type Result } from './measure.ts'
import { startWorld, type World } from './revocation/world.ts'

const unknownKeys = 1_000_000
const rounds = 10
const validKeys = 1_000
const connections = 32
const p99RatioMax = 2
const growthMegabytesMax = 64
/** Of the capacity: valid traffic takes one half. The flood would take most of the other; it comes as fast as it is answered, up to that. */
const [validShare, floodShare] = [0.5, 0.3]
const [warmUpMs, settleMs, capacityMs, withoutMs] = [20_000, 60_000, 2_000, 5_000]

/** Valid checks at half of the capacity of `POST /v1/verify`, without and beside a flood of keys that do not exist, in rounds that take turns. */
export async function benchFlood(): Promise<readonly Result[]> {
  const world = await startWorld()
  try {
    const keys = (await world.makeKeys(validKeys)).map(({ secret }) => secret)
    return await measure(world, keys)
  } finally {
    await world.stop()
  }
}

/** One round: what the server can do, and how long valid checks took without and beside the flood. */
interface Round {
  readonly capacity: number
  readonly without: Paced
  readonly beside: Paced
  readonly floodedPerSecond: number
}

async function measure(world: World, keys: readonly string[]): Promise<readonly Result[]> {
  // The heap takes the shape that full load and then half of it give it; what it grows by later is the flood's.
  const { perSecond } = await sendValid(world, keys, { durationMs: warmUpMs })
  const memory = watchMemory(world.pid)
  await sendValid(world, keys, { ratePerSecond: perSecond * validShare, durationMs: settleMs })
  const startBytes = memory.most()
  const all: Round[] = []
  while (all.length < rounds) all.push(await measureRound(world, keys))
  const growthMegabytes = (memory.most() - startBytes) / 1e6
  memory.stop()
  return resultsOf(all, growthMegabytes)
}

async function measureRound(world: World, keys: readonly string[]): Promise<Round> {
  const capacity = (await sendValid(world, keys, { durationMs: capacityMs })).perSecond
  const ratePerSecond = capacity * validShare
  const without = await sendValid(world, keys, { ratePerSecond, durationMs: withoutMs })
  const [count, rate] = [unknownKeys / rounds, capacity * floodShare]
  const port = new URL(world.url).port
  const flood = await startChild('./flood-run.ts', [port, world.credential, String(rate), String(count)])
  const ended = flood.last()
  const beside = await sendValid(world, keys, { ratePerSecond, until: ended })
  return { capacity, without, beside, floodedPerSecond: Number((await ended)['perSecond']) }
}

function sendValid(world: World, keys: readonly string[], pace: Partial<Pace>): Promise<Paced> {
  const checks = {
    port: Number(new URL(world.url).port),
    credential: world.credential,
    connections,
    body: (index: number) =>
      JSON.stringify({ key: keys[index % keys.length], permissions: ['jobs.view'], ip: '192.0.2.7' }),
    expect: (body: string) => {
      if (!body.startsWith('{"valid":true')) throw new Error(`a valid key was answered ${body}`)
    },
  }
  const { POSITIVE_INFINITY: without } = Number
  return sendPaced(checks, { ratePerSecond: without, requests: without, durationMs: without, ...pace })
}

function resultsOf(all: readonly Round[], growthMegabytes: number): readonly Result[] {
  const p99 = ({ latenciesMs }: Paced) => percentile(latenciesMs, 0.99)
  const latencies = (of: 'without' | 'beside') => all.flatMap((round) => round[of].latenciesMs)
  const about = (name: string) => ({ name: `valid checks at half of capacity, ${name}`, unit: 'ms' })
  const plain = (name: string, unit: string, value: number) => ({ name, unit, value, aim: null, met: null })
  const ratio = median(all.map(({ without, beside }) => p99(beside) / p99(without)))
  return [
    distributionOf(about('without a flood'), latencies('without')),
    distributionOf(about('beside a flood of 1,000,000 unknown keys'), latencies('beside')),
    atMost('the flood: p99 of valid checks against without, median of the rounds', 'times', ratio, p99RatioMax),
    atMost('the flood: growth of memory (RSS)', 'MB', growthMegabytes, growthMegabytesMax),
    plain('the flood: capacity of POST /v1/verify', 'checks/s', median(all.map(({ capacity }) => capacity))),
    plain('the flood: unknown keys', 'keys/s', median(all.map(({ floodedPerSecond }) => floodedPerSecond))),
  ]
}

const pageBytes = 4_096
const sampleMs = 250

/** Watches how much memory of the machine a process takes, as Linux tells it. */
function watchMemory(pid: number): { readonly most: () => number; readonly stop: () => void } {
  let mostBytes = 0
  const look = () => {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    mostBytes = Math.max(mostBytes, pages * pageBytes)
  }
  look()
  const timer = setInterval(look, sampleMs)
  return { most: () => mostBytes, stop: () => clearInterval(timer) }
}

import { type Child, startChild } from './children.ts'
import { connections, type Load, loadOn } from './load.ts'
import { type Comparison, comparisonOf } from './measure.ts'
import { nodeFlags } from './program.ts'
import { sampleOf, type Target } from './samples.ts'

const rounds = 5
const frameworks = [
  { id: 'bare', name: 'bare node:http' },
  { id: 'fastify', name: 'Fastify' },
  { id: 'hono', name: 'Hono' },
] as const

/** A check of one key at the door of checks. */
export const checkAt = (door: Child, key: string): Target => ({
  url: `http://127.0.0.1:${door.port}/v1/verify`,
  method: 'POST',
  headers: { authorization: `Bearer ${String(door.message['credential'])}`, 'content-type': 'application/json' },
  body: JSON.stringify({ key, permissions: ['jobs.view'], ip: '192.0.2.7' }),
})

/** The same check at the door of proxies. */
const proxiedAt = (door: Child, key: string): Target => ({
  url: `http://127.0.0.1:${door.port}/v1/forward-auth?permission=jobs.view`,
  method: 'GET',
  headers: {
    'x-keywright-credential': String(door.message['credential']),
    authorization: `Bearer ${key}`,
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-method': 'GET',
    'x-forwarded-uri': '/jobs',
    'user-agent': 'bench',
  },
})

/** The doors of checks, their caller's credential checked as well, against servers that read and write the same and decide nothing. */
export async function benchDoors(): Promise<readonly Comparison[]> {
  const door = await startChild('./door-server.ts', [], nodeFlags)
  try {
    const key = String(door.message['key'])
    return [
      ...(await against(door, checkAt(door, key), 'POST /v1/verify', 0.8)),
      ...(await against(door, proxiedAt(door, key), 'GET /v1/forward-auth', 0.85)),
    ]
  } finally {
    await door.stop()
  }
}

async function against(door: Child, target: Target, name: string, aimRatio: number): Promise<readonly Comparison[]> {
  const sample = JSON.stringify(await sampleOf(target))
  const results: Comparison[] = []
  for (const framework of frameworks) {
    const floor = await startChild('./floor-server.ts', [framework.id, sample])
    try {
      const port = String(floor.port)
      const [floors, subjects] = await alternately(
        () => loadOn(floor, { ...target, url: target.url.replace(`:${door.port}`, `:${port}`) }),
        () => loadOn(door, target),
      )
      const about = { name: `${name} against ${framework.name}, ${connections} connections`, rounds }
      const aim = framework.id === 'bare' ? { aimRatio } : {}
      const pick = (loads: readonly Load[], of: keyof Load) => loads.map((load) => load[of])
      results.push(
        comparisonOf(
          { ...about, ...aim, unit: 'requests/s' },
          pick(floors, 'requestsPerSecond'),
          pick(subjects, 'requestsPerSecond'),
        ),
        comparisonOf(
          { ...about, unit: "requests per second of the server's processor time" },
          pick(floors, 'requestsPerCpuSecond'),
          pick(subjects, 'requestsPerCpuSecond'),
        ),
      )
    } finally {
      await floor.stop()
    }
  }
  return results
}

/** Loads in turn; the first round warms up and is left out. */
async function alternately(
  floor: () => Promise<Load>,
  subject: () => Promise<Load>,
): Promise<readonly [floors: readonly Load[], subjects: readonly Load[]]> {
  const [floors, subjects]: [Load[], Load[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    floors.push(await floor())
    subjects.push(await subject())
  }
  return [floors.slice(1), subjects.slice(1)]
}

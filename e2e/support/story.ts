import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { bodyOf, type Call } from './calls.ts'
import { type Changes, changesOf } from './changes.ts'
import { type LoadKey, type Sent, startLoad } from './load.ts'
import { type Cluster, type ClusterNode, freshnessMs } from './nodes.ts'
import { createAccount, createKey } from './operating.ts'
import { until } from './poll.ts'

/** Everything that a fault lasts, and how it comes and goes. */
export interface Fault {
  /** Nodes that answer changes meanwhile; absent: all. */
  readonly healthy?: readonly ClusterNode[]
  begin(): Promise<void> | void
  readonly lastsMs: number
  end(): Promise<void> | void
}

/** What was seen from before a fault until after it. */
export interface Story extends Pick<Changes, 'revokedMs' | 'created'> {
  readonly seen: readonly Sent[]
  /** All keys that were checked. */
  readonly keys: readonly LoadKey[]
  readonly endedMs: number
}

const soak = process.env['KEYWRIGHT_SOAK'] === '1'
/** How much more is done where there is a night for it. */
const times = soak ? 4 : 1
const recoverMs = 5_000
const warmMs = 30_000
const steadyCount = 4
/** There are more keys both for the length of a fault and for the pace of changes; each has to come round while nodes recover. */
const perSecond = 20 * times * times
const makeAtOnce = 8

/** Makes keys of an account, a few at a time. */
export async function makeKeys(operator: Call, account: string, count: number): Promise<LoadKey[]> {
  const made: LoadKey[] = []
  while (made.length < count) {
    const few = Array.from({ length: Math.min(makeAtOnce, count - made.length) }, () =>
      createKey(operator, account, { name: 'Checked', preset: 'reader' }),
    )
    for (const { id, secret } of await Promise.all(few)) made.push({ id, secret })
  }
  return made
}

/**
 * Checks keys at every node while a fault comes and goes and keys are revoked and made all the time; then every node has to accept good keys
 * again within five seconds, by itself, and revocations go on through all.
 */
export async function livedThrough(cluster: Cluster, fault: Fault): Promise<Story> {
  const { nodes } = cluster
  const { operator } = nodes[0] as ClusterNode
  const { id: account } = await createAccount(operator, 'Living through')
  const everyMs = 150 / times
  const doomedCount = Math.ceil((fault.lastsMs + 2_000) / everyMs / 1.5)
  const keys = await makeKeys(operator, account, steadyCount + doomedCount)
  const [steady, doomed] = [keys.slice(0, steadyCount), keys.slice(steadyCount)]
  const load = startLoad(cluster, { keys, perSecond })
  const changes = changesOf({ account, doomed, everyMs, revoking: (key) => load.aimAt(key) })
  try {
    // Memory that may become stale has to hold them.
    await load.accepted(keys, nodes, warmMs)
    changes.begin(fault.healthy ?? nodes)
    await fault.begin()
    await pause(fault.lastsMs)
    await fault.end()
    const endedMs = performance.now()
    await load.accepted(steady, nodes, recoverMs)
    changes.through(nodes)
    await changes.finish()
    // What a node remembered wrongly it would accept now.
    await pause(freshnessMs * 1.5)
    await load.stop()
    return { seen: load.seen, revokedMs: changes.revokedMs, created: changes.created, keys, endedMs }
  } finally {
    changes.stop()
    await load.stop()
  }
}

/**
 * Checks that were accepted although they were sent later than a revocation's answer and the bound. What counts is when a check was sent: its
 * verdict was reached after that, however long the answer was under way, and what was sent before the bound had passed may be judged before it.
 */
const tooLate = ({ seen, revokedMs }: Pick<Story, 'seen' | 'revokedMs'>): readonly Sent[] =>
  seen.filter(({ key, code, sentMs }) => {
    const answeredMs = revokedMs.get(key)
    return code === 'VALID' && answeredMs !== undefined && sentMs > answeredMs + freshnessMs
  })

/** The checks that were answered with a code. */
export const coded = ({ seen }: Pick<Story, 'seen'>, ...codes: readonly string[]): readonly Sent[] =>
  seen.filter(({ code }) => codes.includes(code))

/** The longest time that an answer of some nodes took. */
export const longestMs = ({ seen }: Pick<Story, 'seen'>, nodes: readonly ClusterNode[]): number =>
  Math.max(
    ...seen
      .filter(({ node }) => nodes.some(({ index }) => index === node))
      .map((each) => each.answeredMs - each.sentMs),
  )

interface Usage {
  readonly totals: { readonly accepted: number }
}

/** How many accepted checks of keys are stored. */
export async function countedOf({ operator }: ClusterNode, keys: readonly LoadKey[]): Promise<number> {
  let sum = 0
  for (const { id } of keys) sum += (await bodyOf(operator<Usage>('GET', `/v1/keys/${id}/usage`))).totals.accepted
  return sum
}

/**
 * Expects what has to hold after every fault: no late acceptance, nothing answered lost, every accepted check counted once, but for so many that
 * may be lost, and the log whole.
 */
export async function expectKept(cluster: Cluster, story: Story, lostMax = 0): Promise<void> {
  const [node] = cluster.nodes as [ClusterNode]
  expect(story.revokedMs.size).toBeGreaterThan(0)
  expect(coded(story, 'REVOKED').length).toBeGreaterThan(0)
  expect(tooLate(story)).toEqual([])
  for (const { id } of story.created) await bodyOf(node.operator('GET', `/v1/keys/${id}`))
  const accepted = coded(story, 'VALID').length
  let counted = 0
  await until(`${accepted} accepted checks to be counted`, async () => {
    counted = await countedOf(node, story.keys)
    return counted >= accepted
  }).catch(() => {})
  expect(counted).toBeLessThanOrEqual(accepted)
  expect(counted).toBeGreaterThanOrEqual(accepted - lostMax)
  await cluster.verifyLog()
}

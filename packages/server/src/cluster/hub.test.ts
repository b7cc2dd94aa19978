import { compileLimit, type Position } from '@keywright/core'
import { expect, test, vi } from 'vitest'
import { Hub } from './hub.ts'
import { carried, type ManualClock, manualClock, manualTurn, settled } from './testing.ts'
import type { MetricValues, ToPrimary } from './wire.ts'
import { WorkerLink } from './worker-link.ts'

const position = (number: number): Position => ({ epoch: 'epoch', number, hash: `hash ${number}` })

const counted = (value: number): MetricValues[] => [
  { name: 'checks_total', help: '', type: 'counter', values: [{ value, labels: { code: 'VALID' } }] },
  { name: 'keys', help: '', type: 'gauge', values: [{ value: 7, labels: {} }] },
]

/** A hub and workers at it, joined by pipes that carry what is said when the turn ends. */
function open(clock: ManualClock = manualClock()) {
  const hub = new Hub(clock)
  const turn = manualTurn()
  let count = 0
  const worker = () => {
    const number = ++count
    const said: ToPrimary[] = []
    let deaf = false
    const link = new WorkerLink({
      send: (batch) => {
        said.push(...batch)
        if (!deaf) for (const message of carried(batch)) hub.receive(number, message)
      },
      monotonicMs: () => clock.monotonicMs(),
      mark: () => clock.monotonicMs() * 1_000,
      later: turn.later,
    })
    hub.join(number, (message) => turn.later(() => !deaf && link.receive(carried([message]))))
    const orders = { wake: vi.fn<(position: Position) => void>(), lead: vi.fn<() => void>() }
    const values = { now: counted(1) }
    const serve = () => {
      link.serves({ url: 'http://localhost', port: 1 }, orders, async () => values.now)
      hub.serves(number)
      turn.end()
    }
    return {
      link,
      number,
      orders,
      values,
      serve,
      said: () => said.map(([kind]) => kind),
      deafen: () => {
        deaf = true
      },
    }
  }
  const serving = () => {
    const made = worker()
    made.serve()
    return made
  }
  return { hub, turn, worker, serving }
}

test('T7: a change that one worker committed wakes all others, with its position, and not the one that made it', () => {
  const { turn, serving } = open()
  const [one, two, three] = [serving(), serving(), serving()]
  two.link.committed(position(17))
  turn.end()
  expect(one.orders.wake.mock.calls).toEqual([[position(17)]])
  expect(three.orders.wake.mock.calls).toEqual([[position(17)]])
  expect(two.orders.wake).not.toHaveBeenCalled()
})

test('a worker that does not serve yet is not woken, and neither is one that is gone', () => {
  const { hub, turn, worker, serving } = open()
  const [one, young, gone] = [serving(), worker(), serving()]
  hub.left(gone.number)
  one.link.committed(position(1))
  turn.end()
  expect(young.orders.wake).not.toHaveBeenCalled()
  expect(gone.orders.wake).not.toHaveBeenCalled()
})

test('one worker leads; when it is lost another one does, and finishes what may be half done', () => {
  const { hub, turn, serving } = open()
  const [one, two, three] = [serving(), serving(), serving()]
  expect([one, two, three].map(({ link }) => link.isLead)).toEqual([true, false, false])
  hub.left(one.number)
  turn.end()
  expect([two, three].map(({ link }) => link.isLead)).toEqual([true, false])
  expect(two.orders.lead).toHaveBeenCalledTimes(1)
  // The loss of another one concerns the lead as well: it may have been in the middle of revocations.
  hub.left(three.number)
  turn.end()
  expect(two.orders.lead).toHaveBeenCalledTimes(2)
})

test('a worker that ended by itself left nothing half done', () => {
  const { hub, turn, serving } = open()
  const [one, two] = [serving(), serving()]
  two.link.leaves([])
  hub.left(two.number)
  turn.end()
  expect(one.orders.lead).toHaveBeenCalledTimes(1)
})

test('limits are counted once for all workers', async () => {
  const { turn, serving } = open()
  const [one, two] = [serving(), serving()]
  const asked = [{ owner: 'lineage', rates: [compileLimit({ name: 'few', limit: 3, windowSeconds: 60 })] }]
  const answers = [one, two, one, two].map(({ link }) => link.limiter.take(asked, 1))
  turn.end()
  expect((await Promise.all(answers)).map(({ taken }) => taken)).toEqual([true, true, true, false])
})

test('what is told under a topic is heard by all others under that topic alone', () => {
  const { turn, serving } = open()
  const [one, two] = [serving(), serving()]
  const [heard, unheard, own] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()]
  two.link.gossip.hear('misses', heard)
  two.link.gossip.hear('mails', unheard)
  one.link.gossip.hear('misses', own)
  const rate = { name: 'misses', limit: 1, windowSeconds: 1, emissionMs: 1_000, toleranceMs: 1_000 }
  one.link.gossip.tell('misses', { name: '192.0.2.1', rate, taken: true })
  turn.end()
  expect(heard.mock.calls).toEqual([[{ name: '192.0.2.1', rate, taken: true }]])
  expect(unheard).not.toHaveBeenCalled()
  expect(own).not.toHaveBeenCalled()
})

test('touched accounts are named to the others, and past the bound only that there were many', () => {
  const { turn, serving } = open()
  const [one, two] = [serving(), serving()]
  const heard = vi.fn<(accountIds: readonly string[] | null, what: string, at: number) => void>()
  two.link.pulseRelay('pulse').hear(heard)
  const { touched } = one.link.pulseRelay('pulse')
  touched('acc_1', 'usage', 5)
  touched('acc_2', 'usage', 6)
  touched('acc_1', 'notices', 7)
  turn.end()
  expect(heard.mock.calls).toEqual([
    [['acc_1', 'acc_2'], 'usage', 6],
    [['acc_1'], 'notices', 7],
  ])
  for (let index = 0; index < 1_002; index++) touched(`acc_${index}`, 'usage', 10 + index)
  turn.end()
  expect(heard.mock.lastCall).toEqual([null, 'usage', 1_011])
})

test('a worker knows for a while that others watch, and they say it no more often than needed', async () => {
  const clock = manualClock()
  const { turn, serving } = open(clock)
  const [one, two] = [serving(), serving()]
  const relay = one.link.pulseRelay('pulse')
  const watcher = two.link.pulseRelay('pulse')
  expect(relay.isWatchedElsewhere()).toBe(false)
  for (let question = 0; question < 100; question++) watcher.watching()
  turn.end()
  expect(relay.isWatchedElsewhere()).toBe(true)
  expect(watcher.isWatchedElsewhere()).toBe(false)
  expect(two.said().filter((kind) => kind === 'watching')).toHaveLength(1)
  await clock.advance(200_000)
  expect(relay.isWatchedElsewhere()).toBe(false)
  watcher.watching()
  turn.end()
  expect(relay.isWatchedElsewhere()).toBe(true)
})

const checks = (all: readonly (readonly MetricValues[])[]): number =>
  all
    .flat()
    .filter(({ name }) => name === 'checks_total')
    .reduce((sum, { values }) => sum + (values[0]?.value ?? 0), 0)

/** What a worker that is asked learns of all. */
async function measured({ turn }: ReturnType<typeof open>, worker: ReturnType<ReturnType<typeof open>['serving']>) {
  const all = worker.link.measureAll(worker.values.now)
  for (let round = 0; round < 3; round++) {
    turn.end()
    await settled()
  }
  return await all
}

test('metrics are those of all workers, and what a lost one had counted when it was last asked stays counted', async () => {
  const world = open()
  const [one, two, three] = [world.serving(), world.serving(), world.serving()]
  two.values.now = counted(20)
  three.values.now = counted(300)
  expect(checks(await measured(world, one))).toBe(321)
  world.hub.left(three.number)
  const after = await measured(world, two)
  expect(checks(after)).toBe(321)
  // How the lost one stood is gone with it.
  expect(after.flat().filter(({ name }) => name === 'keys')).toHaveLength(2)
  // One that ends by itself says to the last what it counted.
  two.link.leaves(counted(25))
  world.hub.left(two.number)
  expect(checks(await measured(world, one))).toBe(326)
})

test('a worker that does not answer counts as it stood the last time, once the wait for it is over', async () => {
  const clock = manualClock()
  const world = open(clock)
  const [one, two] = [world.serving(), world.serving()]
  two.values.now = counted(5)
  expect(checks(await measured(world, one))).toBe(6)
  two.deafen()
  const all = one.link.measureAll(counted(2))
  world.turn.end()
  await settled()
  await clock.advance(1_000)
  world.turn.end()
  expect(checks(await all)).toBe(7)
})

test('a lost primary answers metrics with the own ones', async () => {
  const { serving } = open()
  const one = serving()
  const waiting = one.link.measureAll(counted(3))
  one.link.lose()
  expect(checks(await waiting)).toBe(3)
  expect(checks(await one.link.measureAll(counted(4)))).toBe(4)
  expect(one.link.isLead).toBe(false)
  await one.link.isLost
})

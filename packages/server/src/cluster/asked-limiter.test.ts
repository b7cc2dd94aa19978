import { compileLimit, type Limit, SharedLimits } from '@keywright/core'
import { expect, test } from 'vitest'
import { AskedLimiter } from './asked-limiter.ts'
import { LimitKeeper } from './limit-keeper.ts'
import { Post } from './post.ts'
import { carried, manualTurn } from './testing.ts'
import type { LimitsMessage, ToWorker } from './wire.ts'

const requests = (owner: string, ...limits: Limit[]) => [{ owner, rates: limits.map(compileLimit) }]
const ten: Limit = { name: 'requests', limit: 10, windowSeconds: 60 }

/** One primary, and workers that ask it over pipes on which messages stay until the turn ends. */
function open() {
  let nowMs = 1_000
  const turn = manualTurn()
  const keeper = new LimitKeeper(new SharedLimits(), () => nowMs)
  const sent: number[] = []
  const worker = () => {
    const back = new Post<ToWorker>((batch) => {
      for (const message of carried(batch)) limiter.answered(message as Parameters<typeof limiter.answered>[0])
    }, turn.later)
    const desk = keeper.open((message) => back.put(message))
    const post = new Post<LimitsMessage>((batch) => {
      sent.push(batch.length)
      for (const message of carried(batch)) desk(message)
    }, turn.later)
    const limiter = new AskedLimiter((message) => post.put(message))
    return limiter
  }
  return { worker, turn, sent, advance: (ms: number) => (nowMs += ms) }
}

test('T9: a limit of k over several workers accepts exactly k of a burst, and says alike everywhere what remains', async () => {
  const { worker, turn, advance } = open()
  const workers = [worker(), worker(), worker(), worker()]
  const asked = workers.flatMap((one) => Array.from({ length: 10 }, () => one.take(requests('lineage', ten), 1)))
  turn.end()
  const answers = await Promise.all(asked)
  expect(answers.filter(({ taken }) => taken)).toHaveLength(10)
  expect(answers.at(-1)).toEqual({
    taken: false,
    retryAfterMs: 6_000,
    states: [{ name: 'requests', limit: 10, windowSeconds: 60, remaining: 0, retryAfterMs: 6_000 }],
  })
  advance(6_000)
  const later = workers.map((one) => one.take(requests('lineage', ten), 1))
  turn.end()
  expect((await Promise.all(later)).filter(({ taken }) => taken)).toHaveLength(1)
})

test('everything that is asked during one turn goes in one message', async () => {
  const { worker, turn, sent } = open()
  const one = worker()
  const rates = requests('lineage', ten)
  const asked = Array.from({ length: 5 }, () => one.take(rates, 1))
  turn.end()
  await Promise.all(asked)
  // The list of rates goes once, and by its number from then on.
  expect(sent).toEqual([6])
  const again = one.take(rates, 1)
  turn.end()
  await again
  expect(sent).toEqual([6, 1])
})

test('U5: all limits are taken or none, what is given back can be taken anew, and cost 0 takes nothing', async () => {
  const { worker, turn } = open()
  const one = worker()
  const both = [...requests('lineage', ten), ...requests('account', { name: 'all', limit: 2, windowSeconds: 60 })]
  const ask = async (cost: number) => {
    const asked = one.take(both, cost)
    turn.end()
    return await asked
  }
  expect((await ask(3)).taken).toBe(false)
  expect((await ask(3)).retryAfterMs).toBeNull()
  expect((await ask(2)).states.map(({ remaining }) => remaining)).toEqual([8, 0])
  expect((await ask(1)).taken).toBe(false)
  expect((await ask(0)).states.map(({ remaining }) => remaining)).toEqual([8, 0])
  const given = one.giveBack(both, 2)
  turn.end()
  await given
  expect((await ask(0)).states.map(({ remaining }) => remaining)).toEqual([10, 2])
})

test('a cost that is no number takes no more through the pipe than without it: nothing', async () => {
  const { worker, turn } = open()
  const one = worker()
  for (const cost of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const asked = one.take(requests('lineage', ten), cost)
    turn.end()
    expect((await asked).taken).toBe(false)
  }
})

test('a limit of nothing admits nothing, also after it went through the pipe', async () => {
  const { worker, turn } = open()
  const asked = worker().take(requests('lineage', { name: 'none', limit: 0, windowSeconds: 60 }), 1)
  turn.end()
  expect((await asked).taken).toBe(false)
})

test('a lost primary rejects what waits and what is asked afterwards', async () => {
  const { worker, turn } = open()
  const one = worker()
  const asked = one.take(requests('lineage', ten), 1)
  one.lose()
  turn.end()
  await expect(asked).rejects.toThrow('is gone')
  await expect(one.take(requests('lineage', ten), 1)).rejects.toThrow('is gone')
})

test('more lists of rates than are numbered at one time: all are forgotten on both sides, and counts stay', async () => {
  const { worker, turn } = open()
  const one = worker()
  const first = one.take(requests('lineage', ten), 4)
  turn.end()
  await first
  for (let index = 0; index < 20_001; index++)
    void one.take(requests(`owner ${index}`, { name: 'requests', limit: index + 1, windowSeconds: 60 }), 0)
  turn.end()
  const last = one.take(requests('lineage', ten), 1)
  turn.end()
  expect((await last).states[0]?.remaining).toBe(5)
})

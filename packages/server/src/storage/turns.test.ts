import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

/** Turns of a loop in which others have so many milliseconds of work left, one in each turn. */
function loopWith(othersMs: number) {
  let nowMs = 0
  let turns = 0
  let left = othersMs
  const turn = async () => {
    turns++
    const works = Math.min(1, left)
    left -= works
    nowMs += works
  }
  return {
    options: { turn, nowMs: () => nowMs },
    work: (ms: number) => (nowMs += ms),
    turns: () => turns,
    left: () => left,
  }
}

it('gives others one turn where they have nothing to do', async () => {
  const loop = loopWith(0)
  const turns = new Turns(2, loop.options)
  for (let step = 0; step < 5; step++) {
    loop.work(4)
    await turns.others()
  }
  expect(loop.turns()).toBe(5)
})

it('lets others work off what waits, for so many times as long as the step took', async () => {
  const loop = loopWith(100)
  const turns = new Turns(2, loop.options)
  loop.work(4)
  await turns.others()
  expect(loop.left()).toBe(92)
  // What others did is no part of the next step.
  loop.work(1)
  await turns.others()
  expect(loop.left()).toBe(90)
})

it('goes on as soon as nobody waits any longer', async () => {
  const loop = loopWith(3)
  const turns = new Turns(2, loop.options)
  loop.work(4)
  await turns.others()
  expect([loop.left(), loop.turns()]).toEqual([0, 4])
})

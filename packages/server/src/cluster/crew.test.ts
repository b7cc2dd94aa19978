import { expect, test } from 'vitest'
import { Crew, type WorkerProcess } from './crew.ts'
import { Hub } from './hub.ts'
import { manualClock, settled } from './testing.ts'
import type { ToPrimary, ToWorker } from './wire.ts'

/** A worker process that does what the test says. */
class Scripted implements WorkerProcess {
  readonly pid = 1
  readonly heard: ToWorker[] = []
  killed = false
  #say: (batch: readonly ToPrimary[]) => void = () => {}
  #exit: (how: string) => void = () => {}
  send(batch: readonly ToWorker[]): void {
    this.heard.push(...batch)
  }
  kill(): void {
    this.killed = true
  }
  onMessages(listener: (batch: readonly ToPrimary[]) => void): void {
    this.#say = listener
  }
  onExit(listener: (how: string) => void): void {
    this.#exit = listener
  }
  says(...batch: readonly ToPrimary[]): void {
    this.#say(batch)
  }
  serves(port = 4_000): void {
    this.says(['hello'], ['serves', { url: `http://localhost:${port}`, port }])
  }
  ends(how: string): void {
    this.#exit(how)
  }
}

function open(size: number) {
  const clock = manualClock()
  const workers: Scripted[] = []
  const errors: string[] = []
  const crew = new Crew({
    size,
    fork: () => {
      const worker = new Scripted()
      workers.push(worker)
      return worker
    },
    hub: new Hub(clock),
    clock,
    log: { info: () => {}, error: (_, message) => void errors.push(message) },
    start: { configSource: {}, configHash: 'hash', pulse: 'pulse' },
    drainMs: 20_000,
  })
  const at = (index: number): Scripted => workers[index] as Scripted
  return { clock, crew, workers, errors, at }
}

/** A crew that serves. */
async function serving(size: number) {
  const made = open(size)
  const started = made.crew.start()
  for (const worker of made.workers) worker.serves()
  return { ...made, served: await started }
}

test('a crew serves once all its workers do, all at one place', async () => {
  const { crew, workers } = open(2)
  const started = crew.start()
  let served = false
  void started.then(() => {
    served = true
  })
  workers[0]?.serves()
  await settled()
  expect(served).toBe(false)
  workers[1]?.serves()
  expect(await started).toEqual({ url: 'http://localhost:4000', port: 4_000 })
})

test('why a worker cannot serve is the one reason why the server does not start, and the others end', async () => {
  const { crew, at, workers } = open(3)
  const started = crew.start()
  at(1).says(['hello'], ['refused', 'Port 4000 is taken.'])
  at(2).says(['hello'], ['refused', 'Port 4000 is taken.'])
  at(1).ends('exit code 1')
  at(2).ends('exit code 1')
  await expect(started).rejects.toThrow(/^Port 4000 is taken\.$/)
  expect(workers[0]?.killed).toBe(true)
  expect(workers).toHaveLength(3)
})

test('a worker that ends before it serves, without a reason, keeps the server from starting in one sentence', async () => {
  const { crew, at } = open(2)
  const started = crew.start()
  at(0).ends('SIGSEGV')
  await expect(started).rejects.toThrow('A worker process ended (SIGSEGV) before it served')
})

test('a worker that ends after it has served is replaced at once, and the replacement is told the port of the others', async () => {
  const { clock, at, workers, errors } = await serving(2)
  await clock.advance(10_000)
  at(0).ends('SIGKILL')
  await clock.advance(0)
  expect(workers).toHaveLength(3)
  at(2).says(['hello'])
  await settled()
  expect(at(2).heard).toEqual([
    ['begin', { configSource: {}, configHash: 'hash', pulse: 'pulse', worker: 3, port: 4_000 }],
  ])
  expect(errors).toEqual(['A worker ended; another one takes its place.'])
})

test('workers that end at once are replaced more and more slowly, and after five in a row no more', async () => {
  const { clock, crew, at, workers } = await serving(2)
  for (const [index, waitMs] of [100, 200, 400, 800].entries()) {
    at(index + 1).ends('exit code 70')
    await clock.advance(waitMs - 1)
    expect(workers).toHaveLength(index + 2)
    await clock.advance(1)
    expect(workers).toHaveLength(index + 3)
    at(index + 2).serves()
  }
  at(5).says(['refused', 'The pepper is gone.'])
  at(5).ends('exit code 1')
  expect(await crew.failed).toBe(
    'Workers end right after their start, 5 in a row, and are not started again; the last one: The pepper is gone.',
  )
  await clock.advance(60_000)
  expect(workers).toHaveLength(6)
})

test('one that has served for a while begins the count anew', async () => {
  const { clock, at, workers } = await serving(1)
  for (let index = 0; index < 12; index++) {
    if (index % 4 === 3) await clock.advance(10_000)
    at(index).ends('SIGKILL')
    await clock.advance(1_000)
    expect(workers).toHaveLength(index + 2)
    at(index + 1).serves()
  }
})

test('stopping has every worker end by itself, replaces none, and is over when all are gone', async () => {
  const { clock, crew, at, workers } = await serving(2)
  const stopped = crew.stop()
  await settled()
  expect(workers.map(({ heard }) => heard.at(-1))).toEqual([['stop'], ['stop']])
  at(0).ends('exit code 0')
  let over = false
  void stopped.then(() => {
    over = true
  })
  await clock.advance(1_000)
  expect(over).toBe(false)
  at(1).ends('exit code 0')
  expect(await stopped).toBe(true)
  expect(workers).toHaveLength(2)
  expect(workers.map(({ killed }) => killed)).toEqual([false, false])
})

test('workers that do not end within the bound are cut off', async () => {
  const { clock, crew, at, workers } = await serving(2)
  const stopped = crew.stop()
  at(0).ends('exit code 0')
  await clock.advance(20_000)
  expect(await stopped).toBe(false)
  expect(workers.map(({ killed }) => killed)).toEqual([false, true])
})

test('a replacement that does not serve yet is not waited for when the server stops', async () => {
  const { clock, crew, at } = await serving(1)
  at(0).ends('SIGKILL')
  await clock.advance(100)
  const stopped = crew.stop()
  expect(at(1).killed).toBe(true)
  at(1).ends('SIGKILL')
  expect(await stopped).toBe(true)
})

test('a worker that stands still without ending is ended and replaced; one that says nothing but that it goes on is not', async () => {
  const { clock, workers, errors, at } = await serving(2)
  for (let second = 0; second < 35; second++) {
    at(1).says(['beat'])
    await clock.advance(1_000)
  }
  expect(workers.map(({ killed }) => killed)).toEqual([true, false])
  expect(errors).toEqual(['A worker stands still: it is ended.'])
  at(0).ends('SIGKILL')
  await clock.advance(0)
  expect(workers).toHaveLength(3)
})

test('where the primary itself stood still, no worker counts as silent', async () => {
  const { clock, workers } = await serving(2)
  await clock.advance(60_000)
  await clock.advance(1_000)
  expect(workers.some(({ killed }) => killed)).toBe(false)
})

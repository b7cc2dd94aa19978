import { isProblem, type Position } from '@keywright/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { beginNewEpoch } from '../../storage/installation.ts'
import { testOperator } from '../../storage/testing.ts'
import { type DoorAnswer, freshnessMs, type Ground, openGround, openNode, type TestNode } from './plane.testing.ts'
import { formatPosition } from './position.ts'

const opened: (() => Promise<void>)[] = []
let ground: Ground
let token: string
beforeEach(async () => {
  ground = await openGround()
  token = (await ground.credential('Shop')).secret
})
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
  await ground.close()
})

async function node(options?: Parameters<typeof openNode>[1]): Promise<TestNode> {
  const made = await openNode(ground, options)
  opened.push(() => made.close())
  // Whoever asks is known from now on, and costs no read.
  await made.call('GET', '/v1/head', token)
  return made
}

const head = (at: TestNode, after?: string, more = ''): Promise<DoorAnswer> =>
  at.call('GET', `/v1/head?${after === undefined ? '' : `after=${after}`}${more}`, token)

const numbersOf = ({ json }: DoorAnswer) => (json['changes'] as { number: number }[]).map(({ number }) => number)
const textOf = (at: TestNode): string => formatPosition(at.engine.state.position as Position)
const change = async (): Promise<void> => {
  await ground.account()
}

describe('the head from memory', () => {
  it('is answered without a read of the store, however many ask, and says what changed since', async () => {
    const at = await node()
    const before = textOf(at)
    await change()
    await change()
    const reads = at.reads.head
    const answers = await Promise.all(Array.from({ length: 50 }, () => head(at, before, '&nonce=n-1')))
    expect(at.reads.head).toBe(reads)
    for (const { status, json, headers } of answers) {
      expect(status).toBe(200)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(json).toEqual({
        position: textOf(at),
        ageMs: 0,
        storeTime: new Date(ground.clock.wallMs()).toISOString(),
        nonce: 'n-1',
        changes: [
          { number: expect.any(Number), scopes: [expect.stringMatching(/^account:acc_/)], hash: expect.any(String) },
          {
            number: expect.any(Number),
            scopes: [expect.stringMatching(/^account:acc_/)],
            hash: textOf(at).split('.')[2],
          },
        ],
        complete: true,
        reset: false,
      })
    }
    expect(numbersOf(await head(at, textOf(at)))).toEqual([])
    expect(at.reads.head).toBe(reads)
  })

  it('proves no more than the node can: its age grows with the age of the node own proof, in whole milliseconds upwards', async () => {
    const at = await node()
    const storeTime = () => new Date(ground.clock.wallMs()).toISOString()
    ground.clock.advance(100)
    expect((await head(at)).json).toMatchObject({ ageMs: 100, storeTime: storeTime() })
    ground.clock.advance(99.5)
    expect((await head(at, textOf(at))).json['ageMs']).toBe(200)
    ground.clock.advance(100)
    const reads = at.reads.head
    expect((await head(at, textOf(at))).json['ageMs']).toBe(300)
    expect(at.reads.head).toBe(reads)
  })

  it('counts the age by whichever clock has gone further', async () => {
    const at = await node()
    const { wallMs } = ground.clock
    const wall = ground.clock as { wallMs: () => number }
    wall.wallMs = () => wallMs() + 250
    expect((await head(at)).json['ageMs']).toBe(250)
    wall.wallMs = () => wallMs() - 60_000
    expect((await head(at)).json['ageMs']).toBe(0)
  })

  it('is proved anew by one read for all who ask, once the proof is too old for others', async () => {
    const at = await node()
    const before = textOf(at)
    ground.clock.advance(freshnessMs - 1)
    const reads = at.reads.head
    const answers = await Promise.all(Array.from({ length: 50 }, () => head(at, before)))
    expect(at.reads.head - reads).toBeLessThan(10)
    expect(answers.map(({ json }) => json['ageMs'])).toEqual(Array.from({ length: 50 }, () => 0))
  })

  it('tells only what the engine has applied, also where more is known', async () => {
    const at = await node({ applies: false })
    const before = textOf(at)
    await change()
    // Another read of the same process has seen the entry; the engine has not applied it.
    const { position } = at.engine.state
    at.window.observe(position, await ground.storage.checks.head(position))
    expect(at.window.has((await ground.storage.checks.head(null)).position)).toBe(true)
    const answer = await head(at, before)
    expect([answer.json['position'], numbersOf(answer)]).toEqual([before, []])
    // And whoever has seen it elsewhere is not led back.
    const { position: newest } = await ground.storage.checks.head(null)
    expect((await head(at, formatPosition(newest))).json['position']).toBe(formatPosition(newest))
    await at.engine.refresh()
    expect(numbersOf(await head(at, before))).toHaveLength(1)
  })

  it('cuts long answers, with the position from which to ask again', async () => {
    const at = await node()
    const before = textOf(at)
    for (let round = 0; round < 3; round++) {
      await ground.store.context.write(testOperator, async ({ append }) => {
        for (let index = 0; index < 500; index++) {
          const target = { kind: 'account', id: 'acc_1' } as const
          append({ type: 'account.updated', accountId: 'acc_1', target, scopes: [`account:${index}`] })
        }
      })
    }
    const reads = at.reads.head
    const first = await head(at, before)
    expect([numbersOf(first).length, first.json['complete']]).toEqual([1_000, false])
    const second = await head(at, String(first.json['position']))
    expect([numbersOf(second).length, second.json['complete'], second.json['position']]).toEqual([
      500,
      true,
      textOf(at),
    ])
    expect(numbersOf(second)[0]).toBe((numbersOf(first).at(-1) ?? 0) + 1)
    expect(at.reads.head).toBe(reads)
  })
})

describe('whoever stands elsewhere', () => {
  it('is told to forget everything: wrong hash, other epoch, a number that never was', async () => {
    const at = await node()
    await change()
    const { epoch, number, hash } = at.engine.state.position as Position
    for (const after of [
      { epoch, number, hash: 'another' },
      { epoch, number: number - 1, hash },
      { epoch: 'another', number, hash },
      { epoch, number: number + 9, hash },
      { epoch, number: 0, hash: '' },
    ]) {
      const answer = await head(at, formatPosition(after))
      expect(answer.json, JSON.stringify(after)).toMatchObject({ reset: true, changes: [], position: textOf(at) })
    }
  })

  it('is answered from the store where its place lies before the window, and told to forget where that was pruned', async () => {
    const at = await node({ bounds: { entriesMax: 2, scopesMax: 100 } })
    const old = textOf(at)
    for (let count = 0; count < 4; count++) await change()
    const reads = at.reads.head
    const answer = await head(at, old)
    expect([answer.json['reset'], numbersOf(answer).length]).toEqual([false, 4])
    expect(at.reads.head).toBe(reads + 1)
    ground.clock.advance(1_000)
    await change()
    await ground.storage.log.prune(testOperator, ground.clock.wallMs())
    await at.engine.refresh()
    expect((await head(at, old)).json).toMatchObject({ reset: true, changes: [] })
  })

  it('is told to forget everything after a restore, from memory as well', async () => {
    const at = await node()
    const old = textOf(at)
    await beginNewEpoch(ground.store.context.write, ground.store.log, testOperator)
    await at.engine.refresh()
    expect(textOf(at).split('.')[0]).not.toBe(old.split('.')[0])
    expect((await head(at, old)).json).toMatchObject({ reset: true, position: textOf(at) })
    expect((await head(at, textOf(at))).json).toMatchObject({ reset: false, changes: [] })
  })

  it('and is ahead, since it asked another node before, waits until this one has caught up', async () => {
    const [near, far] = [await node(), await node({ applies: false })]
    await change()
    const after = textOf(near)
    expect(textOf(far)).not.toBe(after)
    const answer = await head(far, after)
    expect(answer.json).toMatchObject({ reset: false, position: after, changes: [] })
    expect(textOf(far)).toBe(after)
  })
})

describe('a store that fails', () => {
  it('leaves what is proved, while it is proved, and then nothing', async () => {
    const at = await node()
    at.failing = true
    ground.clock.advance(600)
    const asked = head(at, textOf(at))
    await expect.poll(() => at.reads.head).toBeGreaterThan(2)
    ground.clock.advance(300)
    expect((await asked).json['ageMs']).toBe(900)
    ground.clock.advance(200)
    const late = head(at)
    const reads = at.reads.head
    await expect.poll(() => at.reads.head).toBeGreaterThan(reads)
    ground.clock.advance(freshnessMs)
    const answer = await late
    expect([answer.status, answer.json['code'], answer.headers.get('retry-after')]).toEqual([503, 'unavailable', '1'])
    at.failing = false
    expect((await head(at)).json['ageMs']).toBe(0)
  })
})

describe('a credential that is deleted', () => {
  it('is refused at the next question', async () => {
    const at = await node()
    const { id, secret } = await ground.credential('Other')
    expect((await at.call('GET', '/v1/head', secret)).status).toBe(200)
    expect(isProblem(await ground.storage.credentials.delete(testOperator, id))).toBe(false)
    expect((await at.call('GET', '/v1/head', secret)).status).toBe(401)
  })
})

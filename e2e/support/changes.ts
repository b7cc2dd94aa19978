import { setTimeout as pause } from 'node:timers/promises'
import type { CreatedKey } from '@keywright/sdk'
import type { Answer } from './calls.ts'
import type { LoadKey } from './load.ts'
import type { ClusterNode } from './nodes.ts'

/** Keys that are revoked and made, one after the other, through whichever node may be asked. */
export interface Changes {
  /** When the 200 of each key's revocation was here, by its id, on the clock of `Sent`. */
  readonly revokedMs: ReadonlyMap<string, number>
  /** Keys whose creation was answered with 201. */
  readonly created: readonly LoadKey[]
  /** How many changes were answered with 5xx, or not at all. */
  readonly failures: () => number
  /** Begins, and asks only these nodes. */
  begin(nodes: readonly ClusterNode[]): void
  /** Asks only these nodes from now on. */
  through(nodes: readonly ClusterNode[]): void
  /** Revokes what is left and resolves when everything is revoked. */
  finish(): Promise<void>
  /** Changes nothing more. */
  stop(): void
}

/** What is changed. */
export interface ChangesOptions {
  readonly account: string
  readonly doomed: readonly LoadKey[]
  readonly everyMs: number
  readonly revoking: (key: LoadKey) => void
}

/** A change that is not answered by then is asked for again, of another node. */
const patienceMs = 3_000

/** Makes ready to change keys. */
export function changesOf({ account, doomed, everyMs, revoking }: ChangesOptions): Changes {
  const revokedMs = new Map<string, number>()
  const created: LoadKey[] = []
  let asked: readonly ClusterNode[] = []
  let [turn, failures, isHurried, isOver] = [0, 0, false, false]
  let working: Promise<void> = Promise.resolve()
  const ask = async <Body>(path: string, body?: object): Promise<Answer<Body> | undefined> => {
    const { operator } = asked[turn++ % asked.length] as ClusterNode
    const late = new AbortController()
    const call = operator<Body>('POST', path, body === undefined ? {} : { body }).catch(() => undefined)
    const answer = await Promise.race([call, pause(patienceMs, undefined, { signal: late.signal }).catch(() => {})])
    late.abort()
    const isAnswered = answer !== undefined && answer.status < 500
    if (!isAnswered) failures++
    return isAnswered ? answer : undefined
  }
  const revoke = async (key: LoadKey): Promise<void> => {
    revoking(key)
    while (!isOver) {
      const answer = await ask(`/v1/keys/${key.id}/revoke`)
      // 409: it was revoked by a call whose answer was lost.
      if (answer !== undefined && [200, 409].includes(answer.status)) {
        revokedMs.set(key.id, performance.now())
        return
      }
      if (answer !== undefined) throw new Error(`a revocation was answered ${answer.status}: ${answer.text}`)
      await pause(everyMs)
    }
  }
  const create = async (): Promise<void> => {
    const body = { name: 'Made meanwhile', preset: 'reader' }
    const answer = await ask<CreatedKey>(`/v1/accounts/${account}/keys`, body)
    if (answer?.status === 201) created.push({ id: answer.body.id, secret: String(answer.body.secret) })
  }
  const work = async (): Promise<void> => {
    for (const key of doomed) {
      await revoke(key)
      if (isHurried) continue
      await create()
      await pause(everyMs)
    }
  }
  return {
    revokedMs,
    created,
    failures: () => failures,
    begin: (nodes) => {
      asked = nodes
      working = work()
      working.catch(() => {})
    },
    through: (others) => {
      asked = others
    },
    finish: async () => {
      isHurried = true
      await working
    },
    stop: () => {
      isOver = true
    },
  }
}

import { setTimeout as wait } from 'node:timers/promises'
import type { Network } from './network.ts'

/** What a fault may lay hands on. */
export interface Stage {
  readonly network: Network
  readonly serverPid: number
  readonly checkerPid: number
  readonly freshnessMs: number
  /** Revokes every key that is watched; resolves when all were answered. `answered` is told how many were so far. */
  revokeAll(answered?: (count: number, all: number) => void): Promise<void>
}

/** Revokes keys while something is wrong, and puts it right again. */
export interface Fault {
  readonly name: string
  revoke(stage: Stage): Promise<void>
}

const dropped: Fault['revoke'] = async ({ network, freshnessMs, revokeAll }) => {
  network.become({ drops: true })
  await revokeAll()
  await wait(freshnessMs * 2)
}

/** The kernel drops every packet; for networks of a namespace. */
export const droppedByKernel: Fault = { name: 'all packets dropped by the kernel', revoke: dropped }

/** Nothing is wrong. */
export const connected: Fault = { name: 'connected', revoke: (stage) => stage.revokeAll() }

/** Everything that is wrong in turn, each for longer than memory may be used without a proof. */
export const faults: readonly Fault[] = [
  {
    name: 'feed cut',
    revoke: async ({ network, revokeAll }) => {
      network.become({ cutsFeed: true })
      await revokeAll()
    },
  },
  {
    name: 'heartbeats delayed in the network',
    revoke: async ({ network, freshnessMs, revokeAll }) => {
      // Answers of the head are then 0.7 of the bound old when they come.
      network.become({ delayMs: freshnessMs * 0.35 })
      await wait(freshnessMs * 1.5)
      await revokeAll()
    },
  },
  {
    name: 'server stopped (SIGSTOP) and continued',
    revoke: async ({ serverPid, freshnessMs, revokeAll }) => {
      let isStopped = false
      const revoked = revokeAll((count, all) => {
        if (isStopped || count < all / 2) return
        isStopped = true
        process.kill(serverPid, 'SIGSTOP')
      })
      await wait(freshnessMs * 2)
      process.kill(serverPid, 'SIGCONT')
      await revoked
    },
  },
  {
    name: 'SDK process stopped (SIGSTOP) and continued',
    revoke: async ({ checkerPid, freshnessMs, revokeAll }) => {
      process.kill(checkerPid, 'SIGSTOP')
      await revokeAll()
      await wait(freshnessMs * 1.5)
      process.kill(checkerPid, 'SIGCONT')
    },
  },
  {
    name: 'nothing gets through the network, and nobody is told',
    revoke: dropped,
  },
]

import { Agent } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { createVerifier } from '@keywright/sdk'
import { endWithParent } from '../endings.ts'
import type { News, Order } from './messages.ts'
import { Watched } from './watched.ts'
import { callWith, nowNs } from './world.ts'

endWithParent()
// Checks keys in a tight loop in a process of its own and says when each was last accepted: in memory by an SDK, or by a worker of the
// server over one kept connection.
const [kind = 'sdk', url = '', credential = '', freshnessMs = '1000'] = process.argv.slice(2)

let watched = new Watched([], () => {})

const say = (news: News): void => void process.send?.(news)

process.on('message', ({ order, ...more }: Order) => {
  if (order === 'watch') watched = new Watched((more as { keys: readonly string[] }).keys, () => say({ news: 'warm' }))
  else if (order === 'report') say({ news: 'report', report: watched.report() })
  else watched = new Watched([], () => {})
})

async function checkInMemory(): Promise<never> {
  const verifier = createVerifier({ url, credential, freshnessMs: Number(freshnessMs) })
  await verifier.ready()
  say({ news: 'ready', worker: '' })
  for (;;) {
    const now = watched
    const asked: Promise<void>[] = []
    for (const [index, key] of now.keys.entries()) {
      const beforeNs = nowNs()
      const decision = verifier.verify({ key, permissions: ['jobs.view'] })
      if (!(decision instanceof Promise)) now.answered(index, decision.code, beforeNs, nowNs())
      // An answer that had to be waited for was decided when it came.
      else asked.push(decision.then(({ code }) => now.answered(index, code, nowNs(), nowNs())))
    }
    await Promise.all(asked)
    await turn()
  }
}

const batchMax = 100

/** Its answers count from when they are here, which is later than when they were decided. */
async function checkByWorker(): Promise<never> {
  const target = { url, credential, agent: new Agent({ keepAlive: true, maxSockets: 1 }) }
  const { requestId } = await callWith(target, 'GET', '/v1/head')
  say({ news: 'ready', worker: requestId.slice(0, requestId.lastIndexOf('-')) })
  for (;;) {
    const now = watched
    for (let start = 0; start < now.keys.length; start += batchMax) {
      const checks = now.keys.slice(start, start + batchMax).map((key) => ({ key, permissions: ['jobs.view'] }))
      const { body, atNs } = await callWith(target, 'POST', '/v1/verify/batch', { checks })
      const results = body['results'] as readonly { readonly code: string }[]
      for (const [index, { code }] of results.entries()) now.answered(start + index, code, atNs, atNs)
    }
    await turn()
  }
}

await (kind === 'worker' ? checkByWorker() : checkInMemory())

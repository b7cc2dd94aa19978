import pg from 'pg'
import { channel } from './announcement.ts'
import type { Listener, Listening } from './database.ts'
import { clientConfig } from './postgres-session.ts'
import { cut, takeLeave } from './postgres-watch.ts'

/** Waits before connecting again, in milliseconds: the first, and the longest. */
const [backoffMinMs, backoffMaxMs] = [100, 2_000]
/** How often a silent connection is asked whether it is still there, and how long its answer may take, in milliseconds. */
const beatMs = 5_000
const answerMs = 2_000

/**
 * Listens on a connection of its own for what other processes announce. It is made anew whenever it ends, and `connected` is told each time, since
 * what was announced meanwhile is lost.
 */
export function listenOn(url: string, listener: Listener): Listening {
  let closed = false
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | undefined
  let backoffMs = backoffMinMs

  const after = (ms: number, work: () => void) => {
    clearTimeout(timer)
    timer = setTimeout(work, ms)
    timer.unref()
  }
  const end = (ended: pg.Client) => {
    ended.end().catch(() => {})
    cut(ended)
    if (client !== ended) return
    client = null
    if (closed) return
    // Nodes that lost the same database do not come back in step.
    after(backoffMs * (0.5 + Math.random() / 2), () => void connect())
    backoffMs = Math.min(backoffMaxMs, backoffMs * 2)
  }
  const beat = (asked: pg.Client) => {
    asked.query('select 1').then(
      () => client === asked && after(beatMs, () => beat(asked)),
      () => end(asked),
    )
  }
  const connect = async () => {
    const next = new pg.Client(clientConfig(url, { answerMs }))
    client = next
    next.on('error', () => end(next))
    next.on('end', () => end(next))
    next.on('notification', ({ payload }) => listener.heard(payload ?? ''))
    try {
      await next.connect()
      await next.query(`listen ${channel}`)
      backoffMs = backoffMinMs
      listener.connected()
      after(beatMs, () => beat(next))
    } catch {
      end(next)
    }
  }

  void connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      if (client === null) return
      const ending = client.end().catch(() => {})
      await takeLeave([client], ending)
    },
  }
}

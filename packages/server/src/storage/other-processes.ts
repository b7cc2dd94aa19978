import type { Position } from '@keywright/core'
import { sql } from 'kysely'
import { type Announcement, announcementText, channel, readAnnouncement } from './announcement.ts'
import type { Database } from './database.ts'
import type { Pulse } from './pulse.ts'

/** How long what is to be told is gathered, in milliseconds: a burst is told once, and after the commits that it is about. */
const gatherMs = 100

type Beside = Exclude<Announcement['what'], 'log'>

/** Tells other processes what changed beside the log. Losing it costs only speed. */
export interface Announcer {
  /** `null`: in any account. */
  tell(what: Beside, accounts: readonly string[] | null): void
}

/** Makes it; `undefined` where a database has no other processes. */
export function announcerOf(
  { write, capabilities }: Pick<Database, 'write' | 'capabilities'>,
  from: string,
): Announcer | undefined {
  if (!capabilities.announces) return undefined
  const gathered = new Map<Beside, Set<string> | null>()
  const send = () => {
    const all = [...gathered].map(([what, accounts]) =>
      announcementText({ what, accounts: accounts === null ? null : [...accounts], from }),
    )
    gathered.clear()
    for (const text of all)
      sql`select pg_notify(${sql.lit(channel)}, ${text})`.execute(write).catch(() => {
        // Whoever waits elsewhere looks again by itself.
      })
  }
  return {
    tell: (what, accounts) => {
      if (gathered.size === 0) setTimeout(send, gatherMs).unref()
      const before = gathered.get(what)
      gathered.set(what, accounts === null || before === null ? null : new Set([...(before ?? []), ...accounts]))
    },
  }
}

/** Who is told of changes that other processes made. */
export interface ChangeListener {
  /** The log has reached a place. */
  moved(position: Position): void
  /** The log may have moved any far: what was told before is lost. */
  connected(): void
}

/** Listens for other processes: wakes whoever waits for an account here, and tells where the log is. */
export function listenToOthers(
  { listen }: Pick<Database, 'listen'>,
  pulse: Pulse,
  listener: ChangeListener,
): { close(): Promise<void> } {
  if (listen === undefined) return { close: async () => {} }
  return listen({
    connected: () => {
      listener.connected()
      pulse.wakeAll()
    },
    heard: (text) => {
      const announcement = readAnnouncement(text)
      if (announcement === undefined || announcement.from === pulse.process) return
      const { position, what, accounts } = announcement
      if (position !== undefined) listener.moved(position)
      if (what === 'log') pulse.wakeAll(accounts)
      else pulse.touchAll(what, accounts)
    },
  })
}

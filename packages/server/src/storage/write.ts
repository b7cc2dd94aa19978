import { isProblem, type Position } from '@keywright/core'
import type { Write } from './context.ts'
import { appendEvents, type LogWriter } from './log/append.ts'
import type { Applied, NewEvent } from './ports.ts'
import type { StoreTime } from './store-time.ts'
import type { Transact } from './transact.ts'

/** What changes are made with. */
export interface WriteParts {
  readonly transact: Transact
  readonly log: LogWriter
  readonly now: StoreTime
  readonly applied: Applied
}

/** Makes the one way of changing the store: rows and events in one transaction, answered after this node's memory has applied them. */
export const writeWith =
  ({ transact, log, now, applied }: WriteParts): Write =>
  async (caller, change) => {
    let position: Position | undefined
    const result = await transact(async (database) => {
      const nowMs = await now(database)
      const events: NewEvent[] = []
      const changed = await change({ database, nowMs, append: (event) => void events.push(event) })
      if (isProblem(changed)) return { result: changed, keep: false }
      if (events.length > 0) position = await appendEvents(log, database, caller, events, nowMs)
      return { result: changed, keep: true }
    })
    if (position !== undefined) await settle(applied(position))
    return result
  }

/** The change is committed, hence answered, also where the memory failed to apply it: whoever gave `applied` has forgotten everything then. */
async function settle(work: Promise<void>): Promise<void> {
  await Promise.allSettled([work])
}

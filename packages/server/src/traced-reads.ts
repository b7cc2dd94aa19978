import type { Spans } from './spans.ts'
import type { CheckReads } from './storage/ports.ts'

/** The reads of the check path, each load of facts timed as a part of the request that began it. */
export const tracedReads = (checks: CheckReads, spans: Spans): CheckReads => ({
  key: (text) => spans.within('load key', async () => await checks.key(text)),
  account: (id) => spans.within('load account', async () => await checks.account(id)),
  credential: (text) => spans.within('load credential', () => checks.credential(text)),
  head: (after) => checks.head(after),
})

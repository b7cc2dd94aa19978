import type { Store } from '../open-store.ts'
import type { HeadAnswer, Log } from '../ports.ts'
import { takeCheckpoint } from './checkpoint.ts'
import { listEntries } from './list.ts'
import { erasePersonal } from './personal.ts'
import { pruneLog } from './prune.ts'
import { verifyLog } from './verify.ts'

/** The log of a store; `head` is the reader that the check path shares. */
export const logOf = (store: Store, head: (after: Parameters<Log['head']>[0]) => Promise<HeadAnswer>): Log => ({
  list: (filter, page) => listEntries(store.read, filter, page),
  head,
  verify: (outside, progress) => verifyLog(store.read, store.log.signer, outside, progress),
  checkpoint: () => takeCheckpoint(store),
  prune: (caller, beforeMs) => pruneLog(store, caller, beforeMs),
  record: (caller, event) => store.context.write(caller, async ({ append }) => append(event)),
  erasePersonal: (caller, numbers) => erasePersonal(store.context, caller, numbers),
})

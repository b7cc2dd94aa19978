import type { StorageContext } from '../context.ts'
import type { Keys } from '../ports.ts'
import { batchKeys } from './batch.ts'
import { finishCascades } from './cascades.ts'
import { changeKey } from './change.ts'
import { createKey } from './create.ts'
import { listKeys, readKey } from './list.ts'
import { clearOverride, setOverride } from './override.ts'
import { rotateKey } from './rotate.ts'
import { updateKey } from './update.ts'

/** The keys of the store. */
export function keysOf(context: StorageContext): Keys {
  return {
    create: (caller, accountId, input, idempotency) => createKey(context, caller, accountId, input, idempotency),
    list: (accountId, filter, page) => listKeys(context, accountId, filter, page),
    read: (id) => readKey(context, id),
    update: (caller, id, change, expectedVersion) => updateKey(context, caller, id, change, expectedVersion),
    change: (caller, id, action, expectedVersion) => changeKey(context, caller, id, action, expectedVersion),
    rotate: (caller, id, request, idempotency) => rotateKey(context, caller, id, request, idempotency),
    setOverride: (caller, id, override) => setOverride(context, caller, id, override),
    clearOverride: (caller, id) => clearOverride(context, caller, id),
    batch: (caller, request) => batchKeys(context, caller, request),
    finishCascades: (caller) => finishCascades(context, caller),
  }
}

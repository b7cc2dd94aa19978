import { isProblem, isWithin } from '@keywright/core'
import type { KeyFilter, KeyRecord, Storage } from '../storage/ports.ts'
import type { Identity } from './actor.ts'

type Horizon = NonNullable<KeyFilter['within']>

/** What of its account's keys a managing key may see: those of its environment that hold nothing beyond its own grant; others: all. */
export async function horizonOf(identity: Identity, storage: Storage): Promise<Horizon | undefined> {
  if (identity.kind !== 'key') return undefined
  const own = await storage.keys.read(identity.id)
  // A caller whose key has just gone sees nothing.
  return isProblem(own)
    ? { grant: { permissions: [] }, environment: null }
    : { grant: identity.grant, environment: own.environment }
}

/** Whether a key lies within a horizon. */
export const isWithinHorizon = (key: KeyRecord, horizon: Horizon | undefined): boolean =>
  horizon === undefined || (key.environment === horizon.environment && isWithin(key.grant, horizon.grant))

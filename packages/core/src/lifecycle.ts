import type { KeyState } from './config/types.ts'

/** What is kept of a key's state; `expired` follows from its end. */
export type StoredState = Exclude<KeyState, 'expired'>

export interface Lifetime {
  readonly state: StoredState
  /** Epoch milliseconds; `null`: never. */
  readonly endsAtMs: number | null
}

/** What a key is at a moment. Revoked stays revoked past its end; a paused key that ends is expired. */
export function stateAt(lifetime: Lifetime, nowMs: number): KeyState {
  if (lifetime.state === 'revoked') return 'revoked'
  if (lifetime.endsAtMs !== null && lifetime.endsAtMs <= nowMs) return 'expired'
  return lifetime.state
}

export type Transition = 'pause' | 'reactivate' | 'revoke' | 'rotate' | 'delete'

const allowedFrom: Readonly<Record<Transition, readonly KeyState[]>> = {
  pause: ['active'],
  reactivate: ['paused'],
  // An expired key can still be revoked: a leak is a leak.
  revoke: ['active', 'paused', 'expired'],
  rotate: ['active'],
  delete: ['active', 'paused', 'revoked', 'expired'],
}

/** Whether a key in a state can make a transition. Nothing leads out of `revoked` or `expired` to a key that is accepted. */
export const canTransition = (state: KeyState, transition: Transition): boolean =>
  allowedFrom[transition].includes(state)

/** When the older key of a rotation ends: after the overlap, never later than it would have anyway. */
export function endAfterRotation(nowMs: number, overlapSeconds: number, endsAtMs: number | null): number {
  const end = nowMs + overlapSeconds * 1000
  return endsAtMs === null ? end : Math.min(end, endsAtMs)
}

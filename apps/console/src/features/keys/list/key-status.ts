import type { Config, Key } from '../../../api/records.ts'
import type { Tone } from '../../../ui/state-badge.tsx'

const dayMs = 86_400_000
/** An expiry this near is shown as one. */
const expiringDays = 7
const unusedDays = [90, 30] as const

/** One thing that is to be said of how a key is. */
export type KeyMark =
  | { readonly kind: 'revoked' | 'expired' | 'paused' | 'active'; readonly tone: Tone }
  | { readonly kind: 'due'; readonly tone: Tone }
  /** The key's own expiry is near, or its end after a rotation. */
  | { readonly kind: 'expiring' | 'rotating'; readonly tone: Tone; readonly at: string }
  | { readonly kind: 'unused'; readonly tone: Tone; readonly days: number }

type StatusKey = Pick<
  Key,
  'state' | 'expiresAt' | 'endsAt' | 'rotatedTo' | 'dueForRotation' | 'lastUsedAt' | 'createdAt'
>

function activeMarks(key: StatusKey, config: Pick<Config, 'rotation'>, nowMs: number): KeyMark[] {
  const marks: KeyMark[] = []
  if (key.rotatedTo !== null && key.endsAt !== null) marks.push({ kind: 'rotating', tone: 'attention', at: key.endsAt })
  else if (key.expiresAt !== null && Date.parse(key.expiresAt) - nowMs <= expiringDays * dayMs)
    marks.push({ kind: 'expiring', tone: 'attention', at: key.expiresAt })
  if (key.dueForRotation && config.rotation.dueAfterDays !== null) marks.push({ kind: 'due', tone: 'attention' })
  const idleMs = nowMs - Date.parse(key.lastUsedAt ?? key.createdAt)
  const days = unusedDays.find((limit) => idleMs >= limit * dayMs)
  if (days !== undefined) marks.push({ kind: 'unused', tone: days >= 90 ? 'attention' : 'resting', days })
  return marks
}

/**
 * How a key is, what needs attention most coming first; never empty. A key whose time ran out since it was read is `expired`.
 * The first is what a row shows; of the others it shows how many there are.
 */
export function keyStatus(
  key: StatusKey,
  config: Pick<Config, 'rotation'>,
  nowMs: number,
): readonly [KeyMark, ...KeyMark[]] {
  const ended = key.endsAt !== null && Date.parse(key.endsAt) <= nowMs
  if (key.state === 'revoked') return [{ kind: 'revoked', tone: 'gone' }]
  if (key.state === 'expired' || ended) return [{ kind: 'expired', tone: 'gone' }]
  const marks = key.state === 'paused' ? [] : activeMarks(key, config, nowMs)
  const state: KeyMark = key.state === 'paused' ? { kind: 'paused', tone: 'resting' } : { kind: 'active', tone: 'good' }
  return [...marks, state] as unknown as readonly [KeyMark, ...KeyMark[]]
}

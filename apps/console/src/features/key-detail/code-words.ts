import type { Config } from '../../api/records.ts'
import type { Say } from '../../locales/words.tsx'
import type { Tone } from '../../ui/state-badge.tsx'

const knownCodes = [
  'VALID',
  'MALFORMED',
  'NOT_FOUND',
  'WRONG_ENVIRONMENT',
  'SUSPENDED',
  'WRONG_TYPE',
  'INSUFFICIENT_PERMISSION',
  'IP_NOT_ALLOWED',
  'RATE_LIMITED',
  'QUOTA_EXCEEDED',
  'UNAVAILABLE',
] as const

const isKnown = (code: string): code is (typeof knownCodes)[number] => (knownCodes as readonly string[]).includes(code)

type Words = Pick<Config, 'display' | 'words'>

const stateOf: Readonly<Record<string, keyof Words['display']['stateLabels']>> = {
  PAUSED: 'paused',
  REVOKED: 'revoked',
  EXPIRED: 'expired',
}

/** The outcome of a check in words, states and the environment by those of the configuration; one that this page does not know is named as it came. */
export function codeWord(code: string, say: Say, { display, words }: Words): string {
  const state = stateOf[code]
  if (state !== undefined) return display.stateLabels[state]
  return isKnown(code) ? say(`keyDetail.code.${code}`, { environment: words.environment.one }) : code
}

/** How an outcome is marked: accepted, to be looked at, refused. */
export function codeTone(code: string): Tone {
  if (code === 'VALID') return 'good'
  return ['RATE_LIMITED', 'QUOTA_EXCEEDED', 'UNAVAILABLE', 'PAUSED'].includes(code) ? 'attention' : 'gone'
}

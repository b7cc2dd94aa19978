import type { Notice } from '../../api/records.ts'
import type { Say } from '../../locales/words.tsx'

/** A notice as a sentence; `days` is as of the moment when it was made. */
export function noticeWords({ kind, key, keyName, days }: Notice, say: Say): string {
  const name =
    keyName !== null ? say('notices.named', { name: keyName }) : say(key === null ? 'notices.gone' : 'notices.nameless')
  return say(`notices.${kind}`, { name, count: days ?? 0 })
}

import type { Phrase, Say } from '../../locales/words.tsx'
import { isEventType } from '../activity/sentence.ts'

const testType = 'webhook.test'

/** A type of event in words; one that this page does not know yet stays as it is. */
export function eventLabel(type: string, say: Say): string {
  if (type === testType) return say('webhooks.testType')
  if (!isEventType(type)) return type
  const phrase: Phrase = `activity.kinds.${type}`
  // Those of accounts say what they are about only by their group.
  return type.startsWith('account.') ? `${say('activity.group.account')}: ${say(phrase)}` : say(phrase)
}

import type { Delivery } from '../../api/records.ts'
import { en } from '../../locales/en.ts'
import type { Say } from '../../locales/words.tsx'

type Fault = keyof typeof en.webhooks.fault

const isFault = (text: string): text is Fault => Object.hasOwn(en.webhooks.fault, text)

/** Why the last attempt did not arrive, in words; a class that this page does not know stays as it is. Empty: it arrived, or there was none. */
export function deliveryFault({ lastError }: Pick<Delivery, 'lastError'>, say: Say): string {
  if (lastError === null) return ''
  return isFault(lastError) ? say(`webhooks.fault.${lastError}`) : lastError
}

const soonMs = 15_000

/** Whether a message is being sent about now, so that it is worth asking again what became of it. */
export const isUnderWay = (
  { state, nextAttemptAt }: Pick<Delivery, 'state' | 'nextAttemptAt'>,
  nowMs: number,
): boolean => state === 'pending' && nextAttemptAt !== null && Math.abs(Date.parse(nextAttemptAt) - nowMs) <= soonMs

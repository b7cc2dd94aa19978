import type { Delivery, Webhook } from '../../api/records.ts'
import { useWords } from '../../locales/words.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'

/** Whether a webhook is served; one that fails at the moment asks for attention. */
export function WebhookState({ webhook: { state, failingSince } }: { readonly webhook: Webhook }) {
  const { say } = useWords()
  const tone =
    state === 'disabled' ? 'gone' : state === 'paused' ? 'resting' : failingSince === null ? 'good' : 'attention'
  return <StateBadge tone={tone}>{say(`webhooks.state.${state}`)}</StateBadge>
}

const tones = { pending: 'attention', delivered: 'good', failed: 'gone' } as const

/** What became of a message. */
export function DeliveryState({ state }: { readonly state: Delivery['state'] }) {
  const { say } = useWords()
  return <StateBadge tone={tones[state]}>{say(`webhooks.delivery.${state}`)}</StateBadge>
}

import { useQueryClient } from '@tanstack/react-query'
import type { Webhook } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EditDialog } from './edit-dialog.tsx'
import { RotateDialog } from './rotate-dialog.tsx'
import type { WebhookOwner } from './webhook-owner.ts'

/** What can be done with a webhook. */
export type WebhookStep = 'edit' | 'rotate' | 'pause' | 'resume' | 'switchOn' | 'delete'

const states = { pause: 'paused', resume: 'active', switchOn: 'active' } as const
const outcomes = { pause: 'paused', resume: 'resumed', switchOn: 'resumed' } as const

/** The dialog of a step. */
export function WebhookDialog({
  owner,
  webhook,
  step,
  onClose,
  onDeleted,
}: {
  readonly owner: WebhookOwner
  readonly webhook: Webhook
  readonly step: WebhookStep
  readonly onClose: () => void
  readonly onDeleted?: () => void
}) {
  const { say } = useWords()
  const queries = useQueryClient()
  if (step === 'edit') return <EditDialog owner={owner} webhook={webhook} onClose={onClose} />
  if (step === 'rotate') return <RotateDialog owner={owner} webhook={webhook} onClose={onClose} />
  const path = `${owner.apiPath}/${segment(webhook.id)}`
  const { acting } = owner
  const work = async (): Promise<void> => {
    if (step === 'delete') {
      await api(path, { method: 'DELETE', acting })
      onDeleted?.()
    } else await api(path, { method: 'PATCH', acting, body: { state: states[step] } })
    await queries.invalidateQueries({ queryKey: owner.queryKey })
  }
  return (
    <ConfirmDialog
      title={say(`webhooks.${step}Title`)}
      verb={say(`webhooks.${step}`)}
      danger={step === 'delete'}
      done={say(step === 'delete' ? 'webhooks.deleted' : `webhooks.${outcomes[step]}`)}
      work={work}
      onClose={onClose}
    >
      <span className="breaks">{say(`webhooks.${step}Text`, { url: webhook.url })}</span>
    </ConfirmDialog>
  )
}

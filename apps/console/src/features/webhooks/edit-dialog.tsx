import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Webhook } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useProof } from '../../ui/proof.tsx'
import { WebhookForm, type WebhookInput } from './webhook-form.tsx'
import type { WebhookOwner } from './webhook-owner.ts'

/** Changes where a webhook leads, what it is called and what it gets. */
export function EditDialog({
  owner,
  webhook,
  onClose,
}: {
  readonly owner: WebhookOwner
  readonly webhook: Webhook
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const edit = useMutation({
    mutationFn: (body: WebhookInput) =>
      prove(() =>
        api<Webhook>(`${owner.apiPath}/${segment(webhook.id)}`, { method: 'PATCH', acting: owner.acting, body }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: owner.queryKey })
      announce(say('webhooks.saved'))
      onClose()
    },
  })
  return (
    <Dialog opened onClose={onClose} title={say('webhooks.editTitle')} size="lg">
      <WebhookForm
        of={owner.kind}
        initial={webhook}
        verb={say('common.save')}
        busy={edit.isPending}
        error={edit.error}
        onSend={(input) => edit.mutate(input)}
        onClose={onClose}
      />
    </Dialog>
  )
}

import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { CreatedWebhook } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useProof } from '../../ui/proof.tsx'
import { SecretDialog } from './secret-dialog.tsx'
import { WebhookForm, type WebhookInput } from './webhook-form.tsx'
import type { WebhookOwner } from './webhook-owner.ts'

/** Adds a webhook, and then shows its signing secret. */
export function CreateDialog({ owner, onClose }: { readonly owner: WebhookOwner; readonly onClose: () => void }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const create = useMutation({
    gcTime: 0,
    mutationFn: (body: WebhookInput) =>
      prove(() => api<CreatedWebhook>(owner.apiPath, { method: 'POST', acting: owner.acting, body })),
    onSuccess: () => {
      announce(say('webhooks.created'))
      void queries.invalidateQueries({ queryKey: owner.queryKey })
    },
  })
  if (create.data !== undefined)
    return (
      <SecretDialog
        secret={create.data.secret}
        onClose={() => {
          create.reset()
          onClose()
        }}
      />
    )
  return (
    <Dialog opened onClose={onClose} title={say('webhooks.createTitle')} size="lg">
      <WebhookForm
        of={owner.kind}
        initial={null}
        verb={say('webhooks.create')}
        busy={create.isPending}
        error={create.error}
        onSend={(input) => create.mutate(input)}
        onClose={onClose}
      />
    </Dialog>
  )
}

import { Button, Group, Radio, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CreatedWebhook, Webhook } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useProof } from '../../ui/proof.tsx'
import { SecretDialog } from './secret-dialog.tsx'
import type { WebhookOwner } from './webhook-owner.ts'

const overlapsSeconds = [0, 3_600, 86_400, 604_800]
const overlapSecondsFirst = 86_400

/** Gives a webhook a new signing secret, and says for how long the old one signs as well. */
export function RotateDialog({
  owner,
  webhook,
  onClose,
}: {
  readonly owner: WebhookOwner
  readonly webhook: Webhook
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const format = useFormat()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const [overlapSeconds, setOverlapSeconds] = useState(overlapSecondsFirst)
  const rotate = useMutation({
    gcTime: 0,
    mutationFn: () =>
      prove(() =>
        api<CreatedWebhook>(`${owner.apiPath}/${segment(webhook.id)}/secret`, {
          method: 'POST',
          acting: owner.acting,
          body: { overlapSeconds },
        }),
      ),
    onSuccess: () => {
      announce(say('webhooks.secret.made'))
      void queries.invalidateQueries({ queryKey: owner.queryKey })
    },
  })
  if (rotate.data !== undefined)
    return (
      <SecretDialog
        secret={rotate.data.secret}
        onClose={() => {
          rotate.reset()
          onClose()
        }}
      />
    )
  return (
    <Dialog opened onClose={onClose} title={say('webhooks.secret.title')} size="md">
      <Stack gap="md">
        <Text>{say('webhooks.secret.text')}</Text>
        <Radio.Group
          label={say('webhooks.secret.overlap')}
          description={say('webhooks.secret.overlapHint')}
          value={String(overlapSeconds)}
          onChange={(value) => setOverlapSeconds(Number(value))}
        >
          <Stack gap="xs" mt="xs">
            {overlapsSeconds.map((seconds) => (
              <Radio
                key={seconds}
                value={String(seconds)}
                label={seconds === 0 ? say('webhooks.secret.none') : format.duration(seconds)}
              />
            ))}
          </Stack>
        </Radio.Group>
        <ErrorNote error={rotate.error} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            {say('common.cancel')}
          </Button>
          <Button onClick={() => rotate.mutate()} loading={rotate.isPending}>
            {say('webhooks.secret.make')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

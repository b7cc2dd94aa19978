import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Webhook } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { fromLocalText, toLocalText } from '../../ui/local-moment.ts'
import { useFaultFocus } from '../../ui/use-fault-focus.ts'
import type { WebhookOwner } from './webhook-owner.ts'

const dayMs = 86_400_000
const reachMs = 30 * dayMs

/** Sends everything since a moment again, and says how much that is. */
export function ReplayDialog({
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
  const queries = useQueryClient()
  const [openedAtMs] = useState(Date.now)
  const [since, setSince] = useState(() => {
    const failingMs = webhook.failingSince === null ? openedAtMs - dayMs : Date.parse(webhook.failingSince)
    return toLocalText(Math.max(failingMs, openedAtMs - reachMs))
  })
  const { form, tried, attempt } = useFaultFocus()
  const sinceMs = fromLocalText(since)
  // A minute is forgiven, since the input writes no seconds.
  const isFine = sinceMs !== undefined && sinceMs >= openedAtMs - reachMs - 60_000 && sinceMs <= Date.now()
  const counted = (queued: number): string =>
    queued === 0 ? say('webhooks.queuedNone') : say('webhooks.queued', { count: queued })
  const replay = useMutation({
    mutationFn: (fromMs: number) =>
      api<{ readonly queued: number }>(`${owner.apiPath}/${segment(webhook.id)}/replay`, {
        method: 'POST',
        acting: owner.acting,
        body: { since: new Date(fromMs).toISOString() },
      }),
    onSuccess: async ({ queued }) => {
      announce(counted(queued))
      await queries.invalidateQueries({ queryKey: owner.queryKey })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt()
    if (isFine) replay.mutate(sinceMs)
  }
  return (
    <Dialog opened onClose={onClose} title={say('webhooks.replaySinceTitle')} size="md">
      {replay.data === undefined ? (
        <form ref={form} onSubmit={submit} noValidate>
          <Stack gap="md">
            <Text>{say('webhooks.replaySinceText')}</Text>
            <TextInput
              type="datetime-local"
              label={say('webhooks.since')}
              description={say('webhooks.sinceHint')}
              value={since}
              min={toLocalText(openedAtMs - reachMs)}
              max={toLocalText(openedAtMs)}
              onChange={(event) => setSince(event.currentTarget.value)}
              error={tried && !isFine ? say('webhooks.sinceFault') : undefined}
              data-autofocus
            />
            <ErrorNote error={replay.error} />
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={onClose}>
                {say('common.cancel')}
              </Button>
              <Button type="submit" loading={replay.isPending}>
                {say('webhooks.replay')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack gap="md">
          <Text>{counted(replay.data.queued)}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} autoFocus>
              {say('common.close')}
            </Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  )
}

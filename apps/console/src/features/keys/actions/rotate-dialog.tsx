import { Button, Group, Paper, Radio, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ActionWords, Key, RotatedKey } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { BusyButton } from '../../../ui/busy-button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorNote } from '../../../ui/error-note.tsx'
import { useProof } from '../../../ui/proof.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import { ShownOnce, useTaken } from '../create/shown-once.tsx'
import { useAttempt } from '../create/use-attempt.ts'
import { RecentUse, useRecentRequests } from './recent-use.tsx'
import { callName, useForgetKeys, useKeyAction } from './use-key-action.tsx'

/** Makes a new key in place of an older one, which keeps working for a while, and shows the new one this once. */
export function RotateDialog({
  keyRecord,
  words,
  onClose,
  onDone,
}: {
  readonly keyRecord: Key
  readonly words: ActionWords
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { say } = useWords()
  const [rotated, setRotated] = useState<RotatedKey | null>(null)
  const [isBusy, setBusy] = useState(false)
  const taken = useTaken(rotated?.secret ?? null)
  const isShown = rotated !== null
  return (
    <Dialog
      opened
      onClose={isShown ? onDone : onClose}
      title={
        isShown
          ? say('createKey.once.titleRotated')
          : say('keyActions.askNamed', { action: words.label, name: callName(keyRecord) })
      }
      alert={isShown}
      size={isShown ? 'xl' : 'md'}
      closeOnClickOutside={false}
      closeOnEscape={isShown ? taken.isTaken : !isBusy}
    >
      {rotated === null ? (
        <Asking keyRecord={keyRecord} words={words} onRotated={setRotated} onBusy={setBusy} onClose={onClose} />
      ) : (
        <ShownOnce created={rotated} taken={taken} onClose={onDone}>
          <OldKey keyRecord={keyRecord} endsAt={rotated.previous.endsAt} />
        </ShownOnce>
      )}
    </Dialog>
  )
}

function Asking({
  keyRecord,
  words,
  onRotated,
  onBusy,
  onClose,
}: {
  readonly keyRecord: Key
  readonly words: ActionWords
  readonly onRotated: (rotated: RotatedKey) => void
  readonly onBusy: (busy: boolean) => void
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const format = useFormat()
  const announce = useAnnounce()
  const prove = useProof()
  const forget = useForgetKeys()
  const { acting } = useAccount()
  const { rotation } = useConfig()
  const attempt = useAttempt<{ readonly overlapSeconds: number }>()
  const [overlapSeconds, setOverlap] = useState(rotation.defaultOverlapSeconds)
  const overlaps = [...new Set([...rotation.overlapsSeconds, rotation.defaultOverlapSeconds])].sort((a, b) => a - b)
  const rotate = useMutation({
    // The answer goes to the dialog alone; the mutation never holds the secret.
    mutationFn: async (): Promise<void> => {
      const rotated = await attempt(
        [keyRecord.id, overlapSeconds],
        () => ({ overlapSeconds }),
        ({ body, idempotencyKey }) =>
          prove(() =>
            api<RotatedKey>(`/v1/keys/${segment(keyRecord.id)}/rotate`, {
              method: 'POST',
              acting,
              body,
              idempotencyKey,
            }),
          ),
      )
      onRotated(rotated)
      announce(say('keyActions.done.rotate', { name: callName(keyRecord) }))
      forget()
    },
    onSettled: () => onBusy(false),
  })
  const expiresMs = keyRecord.expiresAt === null ? null : Date.parse(keyRecord.expiresAt)
  const endMs = Date.now() + overlapSeconds * 1_000
  const consequence =
    overlapSeconds === 0
      ? say('keyActions.rotate.atOnce')
      : expiresMs !== null && expiresMs < endMs
        ? say('keyActions.rotate.capped', { date: format.moment(expiresMs) })
        : say('keyActions.rotate.until', { date: format.moment(endMs) })
  return (
    <Stack gap="md">
      {words.warning !== '' && <Text>{words.warning}</Text>}
      <RecentUse keyRecord={keyRecord} />
      <Radio.Group
        label={say('keyActions.rotate.overlap')}
        value={String(overlapSeconds)}
        onChange={(value) => setOverlap(Number(value))}
      >
        <Group gap="md" mt={8}>
          {overlaps.map((seconds) => (
            <Radio
              key={seconds}
              value={String(seconds)}
              label={seconds === 0 ? say('keyActions.rotate.none') : format.duration(seconds)}
            />
          ))}
        </Group>
      </Radio.Group>
      <Text aria-live="polite">{consequence}</Text>
      <ErrorNote error={rotate.error} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={() => !rotate.isPending && onClose()} data-autofocus>
          {say('common.cancel')}
        </Button>
        <BusyButton
          busy={rotate.isPending}
          onClick={() => {
            onBusy(true)
            rotate.mutate()
          }}
        >
          {words.label}
        </BusyButton>
      </Group>
    </Stack>
  )
}

function OldKey({ keyRecord, endsAt }: { readonly keyRecord: Key; readonly endsAt: string | null }) {
  const { say } = useWords()
  const format = useFormat()
  const { may } = useAccount()
  const { actions } = useConfig()
  const { act } = useKeyAction()
  const { count, since } = useRecentRequests(keyRecord.id)
  const [isAsking, setAsking] = useState(false)
  const retire = useMutation({ mutationFn: () => act(keyRecord, 'revoke') })
  const isOver = retire.isSuccess || (endsAt !== null && Date.parse(endsAt) <= Date.now())
  if (retire.isSuccess) return <Text>{say('keyActions.rotate.retired')}</Text>
  if (isOver) return <Text>{say('keyActions.rotate.oldEnded')}</Text>
  const canRetire = actions.revoke !== undefined && may('revoke')
  return (
    <Paper p="sm">
      <Stack gap="xs">
        <Text className="breaks">
          <span className="mono">{keyRecord.masked}</span>{' '}
          {endsAt !== null && say('keyActions.rotate.oldUntil', { date: format.moment(endsAt) })}{' '}
          {count === 0 && say('keyActions.rotate.notInUse', { time: since })}
          {count !== undefined && count > 0 && say('keyActions.rotate.inUse', { count, time: since })}
        </Text>
        <ErrorNote error={retire.error} />
        {canRetire && !isAsking && (
          <Button variant="default" size="xs" style={{ alignSelf: 'flex-start' }} onClick={() => setAsking(true)}>
            {say('keyActions.rotate.retire')}
          </Button>
        )}
        {isAsking && (
          <Group gap="sm">
            <Text size="sm" role="alert" style={{ flex: '1 1 200px' }}>
              {say('keyActions.rotate.retireAsk')}
            </Text>
            <Button variant="default" size="xs" autoFocus onClick={() => setAsking(false)}>
              {say('common.cancel')}
            </Button>
            <BusyButton color="red.9" size="xs" busy={retire.isPending} onClick={() => retire.mutate()}>
              {say('keyActions.rotate.retire')}
            </BusyButton>
          </Group>
        )}
      </Stack>
    </Paper>
  )
}

import { Button, Group, Progress, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { KeyBatchResult } from '../../../api/records.ts'
import { type Say, useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorNote } from '../../../ui/error-note.tsx'
import { useConfig } from '../../account-context.tsx'
import { type BatchAction, type BatchFilter, type BatchOutcome, skippedByProblem } from './run-batch.ts'
import { type BulkStep, useBulk } from './use-bulk.ts'

const namedMax = 5
const stepKeys = 500
const reasonMax = 200

/** Each step begins at its safe choice: the dialog itself places the focus only when it opens. */
const focused = (element: HTMLElement | null): void => element?.focus()

type NameOf = (keyId: string) => string | undefined

const problemText = (problem: string, say: Say): string =>
  problem === 'key_state_conflict' || problem === 'exceeds_creator'
    ? say(`keys.bulk.skipped.${problem}`)
    : say('keys.bulk.skipped.other', { code: problem })

function Skipped({ skipped, nameOf }: { readonly skipped: KeyBatchResult['skipped']; readonly nameOf: NameOf }) {
  const { say } = useWords()
  if (skipped.length === 0) return null
  return (
    <div>
      <Text>{say('keys.bulk.left', { count: skipped.length })}</Text>
      <ul style={{ margin: '4px 0 0', paddingInlineStart: 20 }}>
        {skippedByProblem(skipped).map(({ problem, keys }) => {
          const named = keys.slice(0, namedMax).map((key) => nameOf(key) ?? key)
          const more = keys.length > namedMax ? [say('keys.bulk.andMore', { count: keys.length - namedMax })] : []
          return (
            <li key={problem} className="breaks">
              {problemText(problem, say)}: {[...named, ...more].join(', ')}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function Asking({
  action,
  step,
  nameOf,
  onRun,
  onClose,
}: {
  readonly action: BatchAction
  readonly step: Extract<BulkStep, { readonly kind: 'asking' }>
  readonly nameOf: NameOf
  readonly onRun: (reason: string) => void
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const { actions } = useConfig()
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const { matched, skipped } = step.preview
  const words = actions[action]
  const count = Math.max(matched - skipped.length, 0)
  const exact = matched <= stepKeys
  const ready = words?.confirm !== 'type-name' || typed.trim() === String(count)
  if (words === undefined) return null
  if (count === 0)
    return (
      <Stack gap="md">
        <Text>{say('keys.bulk.nothing')}</Text>
        <Skipped skipped={skipped} nameOf={nameOf} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} ref={focused}>
            {say('common.close')}
          </Button>
        </Group>
      </Stack>
    )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) onRun(reason.trim())
      }}
    >
      <Stack gap="md">
        <Text>
          {say(exact ? 'keys.bulk.what' : 'keys.bulk.whatAtMost', { count })} {words.warning}
        </Text>
        <Skipped skipped={skipped} nameOf={nameOf} />
        <TextInput
          label={`${say('keys.bulk.reason')} (${say('common.optional')})`}
          description={say('keys.bulk.reasonHint')}
          value={reason}
          maxLength={reasonMax}
          onChange={({ currentTarget: { value } }) => setReason(value)}
        />
        {words.confirm === 'type-name' && (
          <TextInput
            label={say('keys.bulk.type', { count: String(count) })}
            inputMode="numeric"
            autoComplete="off"
            value={typed}
            onChange={({ currentTarget: { value } }) => setTyped(value)}
          />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} ref={focused}>
            {say('common.cancel')}
          </Button>
          <Button type="submit" disabled={!ready} {...(action === 'pause' ? {} : { color: 'red.9' })}>
            {say('keys.bulk.confirm', { action: words.label, count })}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Running({
  step,
  onStop,
}: {
  readonly step: Extract<BulkStep, { readonly kind: 'running' }>
  readonly onStop: () => void
}) {
  const { say } = useWords()
  const announce = useAnnounce()
  const done = step.progress.changed + step.progress.skipped.length
  const total = Math.max(step.preview.matched, done)
  const text = say('keys.bulk.running', { done, total })
  useEffect(() => {
    if (done > 0) announce(text)
  }, [done, text, announce])
  return (
    <Stack gap="md">
      <Text className="figures">{text}</Text>
      <Progress value={total === 0 ? 0 : (done / total) * 100} aria-label={text} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onStop} disabled={step.stopping} ref={focused}>
          {say(step.stopping ? 'keys.bulk.stopping' : 'keys.bulk.stop')}
        </Button>
      </Group>
    </Stack>
  )
}

function Ended({
  outcome,
  error,
  nameOf,
  onClose,
}: {
  readonly outcome: BatchOutcome
  readonly error: unknown
  readonly nameOf: NameOf
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const announce = useAnnounce()
  const text = say('keys.bulk.changed', { count: outcome.changed })
  useEffect(() => announce(text), [text, announce])
  return (
    <Stack gap="md">
      {error !== null && <ErrorNote error={error} />}
      <Text>
        {text} {outcome.stopped && say('keys.bulk.rest')}
      </Text>
      <Skipped skipped={outcome.skipped} nameOf={nameOf} />
      <Group justify="flex-end">
        <Button onClick={onClose} ref={focused}>
          {say('common.close')}
        </Button>
      </Group>
    </Stack>
  )
}

function titleOf(step: BulkStep, action: string, say: Say): string {
  if (step.kind === 'ended') {
    if (step.error !== null) return say('keys.bulk.failedTitle')
    return say(step.outcome.stopped ? 'keys.bulk.stoppedTitle' : 'keys.bulk.doneTitle')
  }
  if (step.kind === 'counting' || step.kind === 'refused') return action
  const { matched, skipped } = step.preview
  return say('keys.bulk.title', { action, count: Math.max(matched - skipped.length, 0) })
}

/** Asks about a change of many keys after counting them, shows how far it is, lets it be stopped, and tells what was left out and why. */
export function BulkDialog({
  action,
  filters,
  nameOf,
  onClose,
  onFinished,
}: {
  readonly action: BatchAction
  readonly filters: readonly BatchFilter[]
  readonly nameOf: NameOf
  readonly onClose: () => void
  /** After a batch that changed something or was tried. */
  readonly onFinished: () => void
}) {
  const { say } = useWords()
  const { actions } = useConfig()
  const { step, run, stop } = useBulk(action, filters, onClose)
  const label = actions[action]?.label ?? action
  const close = (): void => {
    if (step.kind === 'running') return
    onClose()
    if (step.kind === 'ended') onFinished()
  }
  return (
    <Dialog opened onClose={close} title={titleOf(step, label, say)} size="md">
      {step.kind === 'counting' && (
        <Stack gap="sm" aria-busy>
          <Text c="dimmed">{say('keys.bulk.counting')}</Text>
          <Skeleton height={16} width="80%" />
          <Skeleton height={16} width="50%" />
        </Stack>
      )}
      {step.kind === 'refused' && <ErrorNote error={step.error} />}
      {step.kind === 'asking' && (
        <Asking action={action} step={step} nameOf={nameOf} onRun={(reason) => void run(reason)} onClose={close} />
      )}
      {step.kind === 'running' && <Running step={step} onStop={stop} />}
      {step.kind === 'ended' && <Ended outcome={step.outcome} error={step.error} nameOf={nameOf} onClose={close} />}
    </Dialog>
  )
}

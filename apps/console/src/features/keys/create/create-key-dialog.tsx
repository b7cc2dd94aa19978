import { Group, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { accountKey } from '../../../api/queries.ts'
import type { Config, CreatedKey, KeyCreation, KeyType } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { BusyButton } from '../../../ui/busy-button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ErrorNote } from '../../../ui/error-note.tsx'
import { useProof } from '../../../ui/proof.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import { summaryOf } from '../grant/grant-words.ts'
import classes from './create-key-dialog.module.css'
import { CreateKeyForm, type FieldErrors } from './create-key-form.tsx'
import { bodyOf, choosesAccess, type Draft, faultsOf, firstDraft, grantOf, typeOf } from './draft.ts'
import { expiryChoices, expiryMs } from './expiry.ts'
import { faultTexts, isAtFields, problemTexts } from './field-errors.ts'
import { ShownOnce, useTaken } from './shown-once.tsx'
import { useAttempt } from './use-attempt.ts'

/** Makes a key: asks what the configuration leaves to choose, says in words what that is, and shows the secret this once. */
export function CreateKeyDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  // What was typed and what was shown end with the dialog.
  return opened ? <OpenDialog onClose={onClose} /> : null
}

function OpenDialog({ onClose }: { readonly onClose: () => void }) {
  const { say } = useWords()
  const config = useConfig()
  const [created, setCreated] = useState<CreatedKey | null>(null)
  const [isBusy, setBusy] = useState(false)
  const taken = useTaken(created?.secret ?? null)
  return (
    <Dialog
      opened
      onClose={onClose}
      title={created === null ? config.words.create : say('createKey.once.title')}
      alert={created !== null}
      size="xl"
      closeOnClickOutside={false}
      closeOnEscape={created === null ? !isBusy : taken.isTaken}
    >
      {created === null ? (
        <Making onMade={setCreated} onBusy={setBusy} onClose={onClose} />
      ) : (
        <ShownOnce created={created} taken={taken} onClose={onClose} />
      )}
    </Dialog>
  )
}

function useCreate(config: Config, onMade: (created: CreatedKey) => void) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  const { accountId, acting, memberId } = useAccount()
  const attempt = useAttempt<KeyCreation>()
  return useMutation({
    // The answer goes to the dialog alone; the mutation never holds the secret.
    mutationFn: async (draft: Draft): Promise<void> => {
      const created = await attempt(
        draft,
        () => bodyOf(draft, config, { nowMs: Date.now(), memberId }),
        ({ body, idempotencyKey }) =>
          prove(() =>
            api<CreatedKey>(`/v1/accounts/${segment(accountId)}/keys`, {
              method: 'POST',
              acting,
              body,
              idempotencyKey,
            }),
          ),
      )
      onMade(created)
      announce(say('createKey.once.title'))
      for (const part of ['keys', 'notices'] as const)
        void queries.invalidateQueries({ queryKey: accountKey(accountId, part) })
    },
  })
}

function Making({
  onMade,
  onBusy,
  onClose,
}: {
  readonly onMade: (created: CreatedKey) => void
  readonly onBusy: (busy: boolean) => void
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const format = useFormat()
  const announce = useAnnounce()
  const config = useConfig()
  const [nowMs] = useState(() => Date.now())
  const [draft, setDraft] = useState(() => firstDraft(config))
  const [errors, setErrors] = useState<FieldErrors>({})
  const form = useRef<HTMLFormElement>(null)
  const create = useCreate(config, onMade)

  const showErrors = (found: FieldErrors): void => {
    setErrors(found)
    const count = Object.keys(found).length
    if (count === 0) return
    announce(say('createKey.mendErrors', { count }))
    requestAnimationFrame(() => focusFirst(form.current))
  }
  const change = (part: Partial<Draft>): void => {
    setDraft((before) => ({ ...before, ...part }))
    const touched = Object.keys(part).map((name) => (name === 'model' ? 'access' : name))
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([name]) => !touched.includes(name))))
  }
  const submit = (): void => {
    if (create.isPending) return
    const faults = faultTexts(faultsOf(draft, config, Date.now()), config, { say, format })
    showErrors(faults)
    if (Object.keys(faults).length > 0) return
    onBusy(true)
    create.mutate(draft, {
      onError: (error) => showErrors(problemTexts(error)),
      onSettled: () => onBusy(false),
    })
  }
  return (
    <form
      ref={form}
      noValidate
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Stack gap="lg">
        <CreateKeyForm config={config} draft={draft} onChange={change} errors={errors} nowMs={nowMs} />
        <div className={classes['footer']}>
          <Summary config={config} draft={draft} nowMs={nowMs} />
          {create.error !== null && !isAtFields(create.error) && <ErrorNote error={create.error} />}
          <Group justify="flex-end" gap="sm">
            <BusyButton busy={false} variant="default" onClick={() => !create.isPending && onClose()}>
              {say('common.cancel')}
            </BusyButton>
            <BusyButton busy={create.isPending} type="submit">
              {config.words.create}
            </BusyButton>
          </Group>
        </div>
      </Stack>
    </form>
  )
}

/** Moves the focus to the first field that is wrong. */
function focusFirst(form: HTMLFormElement | null): void {
  const invalid = form?.querySelector<HTMLElement>('[aria-invalid="true"], .mantine-InputWrapper-error')
  const field = invalid?.closest<HTMLElement>('[data-field]') ?? invalid
  const target = field?.matches('input, textarea, select')
    ? field
    : field?.querySelector<HTMLElement>('input:not([type="hidden"]), textarea, select, [role="radio"]')
  target?.focus()
}

/** Where all keys reach the one API that there is, nothing is to be said of it. */
const reachesOneOfMany = ({ audiences }: KeyType, { types }: Config): boolean =>
  audiences.length > 1 || types.length > 1

function Summary({ config, draft, nowMs }: { readonly config: Config; readonly draft: Draft; readonly nowMs: number }) {
  const { say } = useWords()
  const format = useFormat()
  const type = typeOf(draft, config)
  if (type === undefined) return null
  const isBare = config.resources.length === 0 || (!choosesAccess(draft, config) && type.fixedGrant === null)
  const expiresAtMs = expiryChoices(config) === null ? undefined : expiryMs(draft.expiry, nowMs)
  const sentences = summaryOf(
    {
      grant: grantOf(draft, config),
      reaches: isBare ? (reachesOneOfMany(type, config) ? format.list(type.audiences) : '') : null,
      environment: config.environments.find(({ id }) => id === draft.environment)?.label ?? null,
      networks: draft.networks.length,
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    },
    config,
    { say, format },
  )
  if (sentences.length === 0) return null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long summary scrolls, and has to be reachable by keyboard (WCAG 2.1.1).
    <section className={classes['summary']} aria-label={say('createKey.summaryTitle')} tabIndex={0}>
      <b>{say('createKey.summaryBegin')}</b> {sentences.join(' ')}
    </section>
  )
}

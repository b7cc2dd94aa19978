import { Button, Group, Select, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { accountKey } from '../../api/queries.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useProof } from '../../ui/proof.tsx'
import { useFaultFocus } from '../../ui/use-fault-focus.ts'
import { CapChoice } from './cap-choice.tsx'
import { operatorKey } from './operator-keys.ts'
import { OverrideRow } from './override-row.tsx'
import {
  changeOf,
  type DraftField,
  draftFaults,
  draftOf,
  emptyOverride,
  type ListedAccount,
  type PlanDraft,
} from './plan-draft.ts'
import { PlanGives } from './plan-gives.tsx'
import { type Plan, plansQuery } from './plans-query.ts'

const overridesMax = 20

function Overrides({
  draft,
  plan,
  faultAt,
  onChange,
}: {
  readonly draft: PlanDraft
  readonly plan: Plan | undefined
  readonly faultAt: Parameters<typeof OverrideRow>[0]['faultAt']
  readonly onChange: (draft: PlanDraft) => void
}) {
  const { say } = useWords()
  const { overrides } = draft
  const names = [...(plan?.limits ?? []), ...(plan?.accountLimits ?? [])].map(({ name }) => name)
  const nextRow = Math.max(-1, ...overrides.map(({ row }) => row)) + 1
  return (
    <Stack gap="sm">
      <div>
        <Title order={3}>{say('operator.plan.overrides')}</Title>
        <Text size="sm" c="dimmed">
          {say(overrides.length === 0 ? 'operator.plan.noOverrides' : 'operator.plan.overridesText')}
        </Text>
      </div>
      {overrides.map((each, index) => (
        <OverrideRow
          key={each.row}
          number={index + 1}
          draft={each}
          names={[...new Set(names)]}
          faultAt={faultAt}
          onChange={(changed) =>
            onChange({ ...draft, overrides: overrides.map((one) => (one.row === changed.row ? changed : one)) })
          }
          onRemove={() => onChange({ ...draft, overrides: overrides.filter(({ row }) => row !== each.row) })}
        />
      ))}
      {overrides.length < overridesMax && (
        <Button
          variant="default"
          size="xs"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => onChange({ ...draft, overrides: [...overrides, emptyOverride(nextRow)] })}
        >
          {say('operator.plan.add')}
        </Button>
      )}
    </Stack>
  )
}

function usePlanChange(account: ListedAccount, onDone: () => void) {
  const { say } = useWords()
  const announce = useAnnounce()
  const prove = useProof()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (draft: PlanDraft) =>
      prove(() =>
        api(`/v1/accounts/${segment(account.id)}`, { method: 'PATCH', acting: 'operator', body: changeOf(draft) }),
      ),
    onSuccess: async () => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: operatorKey('accounts') }),
        queries.invalidateQueries({ queryKey: accountKey(account.id, 'account') }),
        queries.invalidateQueries({ queryKey: accountKey(account.id, 'keys') }),
      ])
      announce(say('operator.plan.saved'))
      onDone()
    },
  })
}

/** Sets an account's plan, the limits in force instead of the plan's, and its cap on active keys. */
export function PlanDialog({ account, onClose }: { readonly account: ListedAccount; readonly onClose: () => void }) {
  const { say, language } = useWords()
  const plans = useQuery(plansQuery(language))
  const [draft, setDraft] = useState(() => draftOf(account))
  const { form, tried, attempt } = useFaultFocus()
  const save = usePlanChange(account, onClose)
  const faults = draftFaults(draft)
  const faultAt = (field: DraftField) => (tried ? faults.get(field) : undefined)
  const items = plans.data?.items ?? []
  const chosen = items.find(({ id }) => id === draft.plan)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt()
    if (faults.size === 0) save.mutate(draft)
  }
  return (
    <Dialog opened onClose={onClose} title={say('operator.plan.title', { name: account.name })} size="lg">
      {plans.isPending && (
        <Stack gap="md" aria-busy="true">
          <span className="visually-hidden">{say('common.loading')}</span>
          <Skeleton height={56} />
          <Skeleton height={90} />
        </Stack>
      )}
      {plans.error !== null && <ErrorNote error={plans.error} retry={() => void plans.refetch()} />}
      {plans.data !== undefined && (
        <form ref={form} onSubmit={submit} noValidate>
          <Stack gap="lg">
            <Stack gap="xs">
              <Select
                label={say('operator.plan.plan')}
                data={items.map(({ id, label }) => ({ value: id, label }))}
                value={draft.plan}
                onChange={(plan) => setDraft({ ...draft, plan: plan ?? draft.plan })}
                allowDeselect={false}
                data-autofocus
              />
              {chosen !== undefined && <PlanGives plan={chosen} />}
            </Stack>
            <Overrides draft={draft} plan={chosen} faultAt={faultAt} onChange={setDraft} />
            <CapChoice draft={draft} faultAt={faultAt} onChange={setDraft} />
            <ErrorNote error={save.error} />
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={onClose}>
                {say('common.cancel')}
              </Button>
              <Button type="submit" loading={save.isPending}>
                {say('common.save')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  )
}

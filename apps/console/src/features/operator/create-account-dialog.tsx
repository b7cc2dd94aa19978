import { Button, Group, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem, isProblem } from '../../api/problem.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useFaultFocus } from '../../ui/use-fault-focus.ts'
import { operatorKey } from './operator-keys.ts'
import type { ListedAccount } from './plan-draft.ts'
import { plansQuery } from './plans-query.ts'

function useCreation(onDone: () => void) {
  const { say } = useWords()
  const announce = useAnnounce()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { readonly name: string; readonly externalId?: string; readonly plan?: string }) =>
      api<ListedAccount>('/v1/accounts', {
        method: 'POST',
        acting: 'operator',
        body,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: operatorKey('accounts') })
      announce(say('operator.account.made'))
      onDone()
    },
  })
}

/** Makes an account: its name, the adopter's own id of it, and its plan. */
export function CreateAccountDialog({ onClose }: { readonly onClose: () => void }) {
  const { say, language } = useWords()
  const plans = useQuery(plansQuery(language))
  const [name, setName] = useState('')
  const [externalId, setExternalId] = useState('')
  const [plan, setPlan] = useState<string | null>(null)
  const { form, tried, attempt } = useFaultFocus()
  const create = useCreation(onClose)
  const problem = create.error instanceof ApiProblem ? create.error : undefined
  const taken = isProblem(create.error, 'account_exists')
  const nameFault = name.trim() === '' ? say('operator.nameMissing') : undefined
  const faults = [
    problem?.errorAt('/name'),
    taken ? say('operator.account.externalIdTaken') : problem?.errorAt('/externalId'),
  ]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    attempt()
    if (nameFault !== undefined) return
    const external = externalId.trim()
    create.mutate({
      name: name.trim(),
      ...(external === '' ? {} : { externalId: external }),
      ...(plan === null ? {} : { plan }),
    })
  }
  return (
    <Dialog opened onClose={onClose} title={say('operator.account.createTitle')} size="md">
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label={say('operator.name')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={(tried ? nameFault : undefined) ?? faults[0]}
            aria-required
            autoComplete="off"
            data-autofocus
          />
          <TextInput
            label={`${say('operator.account.externalId')} (${say('common.optional')})`}
            description={say('operator.account.externalIdHint')}
            value={externalId}
            onChange={(event) => setExternalId(event.currentTarget.value)}
            error={faults[1]}
            classNames={{ input: 'mono' }}
            autoComplete="off"
          />
          <Select
            label={say('operator.account.plan')}
            placeholder={say('operator.account.standardPlan')}
            data={(plans.data?.items ?? []).map(({ id, label }) => ({ value: id, label }))}
            value={plan}
            onChange={setPlan}
            clearable
          />
          <ErrorNote error={plans.error} />
          {faults.every((fault) => fault === undefined) && <ErrorNote error={create.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {say('common.cancel')}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {say('operator.account.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

import { Group, Paper, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../../api/problem.ts'
import { accountKey, sessionQuery } from '../../api/queries.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useProof } from '../../ui/proof.tsx'
import { Reasoned } from '../../ui/reasoned.tsx'
import { useAccount } from '../account-context.tsx'

/** The name of the account, for those who may change it. */
export function NameForm() {
  const { say } = useWords()
  const { account, accountId, acting, managesMembers } = useAccount()
  const queries = useQueryClient()
  const announce = useAnnounce()
  const prove = useProof()
  const [name, setName] = useState(account.name)
  const [tried, setTried] = useState(false)
  const save = useMutation({
    mutationFn: () =>
      prove(() => api(`/v1/accounts/${segment(accountId)}`, { method: 'PATCH', acting, body: { name: name.trim() } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accountKey(accountId, 'account') })
      await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
      announce(say('settings.nameSaved'))
    },
  })
  const missing = name.trim() === '' ? say('settings.nameMissing') : undefined
  const refused = save.error instanceof ApiProblem ? save.error.errorAt('/name') : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (managesMembers && missing === undefined) save.mutate()
  }
  return (
    <Paper p="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="md" maw={480}>
          <TextInput
            label={say('settings.name')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            readOnly={!managesMembers}
            error={tried ? (missing ?? refused) : undefined}
            autoComplete="organization"
          />
          {refused === undefined && <ErrorNote error={save.error} />}
          <Group>
            <Reasoned reason={managesMembers ? null : say('settings.onlyManagers')}>
              <BusyButton type="submit" busy={save.isPending}>
                {say('common.save')}
              </BusyButton>
            </Reasoned>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}

import { Button, Group } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useWords } from '../../locales/words.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { useConfig } from '../account-context.tsx'
import { AccountList } from './account-list.tsx'
import { CreateAccountDialog } from './create-account-dialog.tsx'

/** Every account of the installation. */
export function OperatorAccountsPage() {
  const { say } = useWords()
  const { product } = useConfig()
  const { search = '' } = useSearch({ from: '/person/operator/accounts' })
  const navigate = useNavigate()
  const [creating, setCreating] = useState(false)
  const look = (wanted: string) =>
    void navigate({ to: '/operator/accounts', search: wanted === '' ? {} : { search: wanted }, replace: true })
  return (
    <>
      <PageHeader
        title={say('operator.accounts')}
        product={product.name}
        description={say('operator.account.description')}
        action={<Button onClick={() => setCreating(true)}>{say('operator.account.create')}</Button>}
      />
      <Group mb="md">
        <SearchField label={say('operator.account.search')} value={search} onSearch={look} />
      </Group>
      <AccountList
        search={search}
        empty={
          search === '' ? (
            <EmptyState title={say('operator.account.empty')}>{say('operator.account.emptyText')}</EmptyState>
          ) : (
            <EmptyState title={say('operator.account.noMatch')}>
              {say('operator.account.noMatchText', { search })}
            </EmptyState>
          )
        }
      />
      {creating && <CreateAccountDialog onClose={() => setCreating(false)} />}
    </>
  )
}

import { Group } from '@mantine/core'
import { useState } from 'react'
import { useWords } from '../../locales/words.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { useConfig } from '../account-context.tsx'
import { PeopleList } from './people-list.tsx'

/** Everyone who can sign in. */
export function PeoplePage() {
  const { say } = useWords()
  const { product } = useConfig()
  const [search, setSearch] = useState('')
  return (
    <>
      <PageHeader
        title={say('operator.people')}
        product={product.name}
        description={say('operator.person.description')}
      />
      <Group mb="md">
        <SearchField label={say('operator.person.search')} value={search} onSearch={setSearch} />
      </Group>
      <PeopleList
        search={search}
        empty={
          search === '' ? (
            <EmptyState title={say('operator.person.empty')}>{say('operator.person.emptyText')}</EmptyState>
          ) : (
            <EmptyState title={say('operator.person.noMatch')}>
              {say('operator.person.noMatchText', { search })}
            </EmptyState>
          )
        }
      />
    </>
  )
}

import { Button, Group } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { LogEntry } from '../../api/records.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { useConfig } from '../account-context.tsx'
import type { ActivitySearch } from '../activity/activity-search.ts'
import { KindSelect } from '../activity/kind-select.tsx'
import { isEventType } from '../activity/sentence.ts'
import { LogTable } from './log-table.tsx'
import { operatorKey } from './operator-keys.ts'

function Filters({
  search,
  onChange,
}: {
  readonly search: ActivitySearch
  readonly onChange: (search: ActivitySearch) => void
}) {
  const { say } = useWords()
  const set = (name: keyof ActivitySearch, value: string) => {
    const { [name]: _, ...others } = search
    onChange(value === '' ? others : { ...others, [name]: value })
  }
  return (
    <Group role="group" aria-label={say('operator.entry.filters')} gap="sm" mb="md">
      <div style={{ flex: '1 1 200px' }}>
        <KindSelect type={search.type} onType={(type) => set('type', type ?? '')} all />
      </div>
      <SearchField
        label={say('operator.entry.accountId')}
        value={search.account ?? ''}
        onSearch={(account) => set('account', account)}
      />
      <SearchField label={say('operator.entry.keyId')} value={search.key ?? ''} onSearch={(key) => set('key', key)} />
      {Object.keys(search).length > 0 && (
        <Button variant="default" onClick={() => onChange({})}>
          {say('operator.entry.clear')}
        </Button>
      )}
    </Group>
  )
}

/** The whole log, for operators. */
export function LogPage() {
  const { say } = useWords()
  const { product } = useConfig()
  const search = useSearch({ from: '/person/operator/log' })
  const navigate = useNavigate()
  const { type, account, key } = search
  const pages = usePages<LogEntry>(operatorKey('log'), '/v1/events', {
    acting: 'operator',
    query: { type: type !== undefined && isEventType(type) ? type : undefined, account, key },
  })
  return (
    <>
      <PageHeader title={say('operator.log')} product={product.name} description={say('operator.entry.description')} />
      <Filters
        search={search}
        onChange={(wanted) => void navigate({ to: '/operator/log', search: wanted, replace: true })}
      />
      <LogTable
        pages={pages}
        empty={<EmptyState title={say('operator.entry.empty')}>{say('operator.entry.emptyText')}</EmptyState>}
      />
    </>
  )
}

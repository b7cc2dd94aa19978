import { NativeSelect } from '@mantine/core'
import { useCallback } from 'react'
import type { KeySummary } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { Choices } from '../../../ui/choices.tsx'
import { EnvironmentLabel } from '../../../ui/environment-label.tsx'
import { useConfig } from '../../account-context.tsx'
import type { KeysSearch } from '../keys-search.ts'
import { FilterMenu } from './filter-menu.tsx'
import classes from './filters.module.css'
import { type ColumnId, columnLabel, sorts } from './key-columns.tsx'
import { changed, sortOf } from './keys-query.ts'
import { type PasteOutcome, SearchBox } from './search-box.tsx'
import { StateTabs } from './state-tabs.tsx'

interface Props {
  readonly search: KeysSearch
  readonly onSearch: (search: KeysSearch, replace?: boolean) => void
}

const all = 'all'

function EnvironmentSwitch({ search, onSearch }: Props) {
  const { say } = useWords()
  const config = useConfig()
  if (config.environments.length === 0) return null
  return (
    <Choices
      label={columnLabel('environment', config, say)}
      choices={[
        { id: all, label: say('common.all') },
        ...config.environments.map(({ id }) => ({ id, label: <EnvironmentLabel id={id} /> })),
      ]}
      chosen={search.environment ?? all}
      onChoose={(id) => onSearch(changed(search, { environment: id === all ? undefined : id }))}
    />
  )
}

/** The order of the list, where there are no headings to click. */
export function SortSelect({ search, onSearch, columns }: Props & { readonly columns: readonly ColumnId[] }) {
  const { say } = useWords()
  const config = useConfig()
  const sort = sortOf(search)
  return (
    <NativeSelect
      aria-label={say('keys.sort')}
      value={sort}
      onChange={({ currentTarget: { value } }) => onSearch(changed(search, { sort: value }))}
    >
      {[...new Set<ColumnId>(['created', ...columns])].filter(sorts).flatMap((column) => [
        <option key={column} value={column}>
          {say('keys.sortAscending', { column: columnLabel(column, config, say) })}
        </option>,
        <option key={`-${column}`} value={`-${column}`}>
          {say('keys.sortDescending', { column: columnLabel(column, config, say) })}
        </option>,
      ])}
    </NativeSelect>
  )
}

/** Search, environment, states and all other filters in lines that wrap. */
export function FilterBar({
  search,
  onSearch,
  summary,
  onOutcome,
  children,
}: Props & {
  readonly summary: KeySummary | undefined
  readonly onOutcome: (outcome: PasteOutcome) => void
  /** Stands at the end of the line. */
  readonly children?: React.ReactNode
}) {
  const onText = useCallback(
    (text: string) => {
      const next = text === '' ? undefined : text
      // Each letter typed is no step back of its own.
      if (next !== search.search) onSearch(changed(search, { search: next }), search.search !== undefined)
    },
    [search, onSearch],
  )
  return (
    <>
      <div className={classes['line']}>
        <SearchBox search={search.search ?? ''} onSearch={onText} onOutcome={onOutcome} />
        <EnvironmentSwitch search={search} onSearch={onSearch} />
        <FilterMenu search={search} onChange={(change) => onSearch(changed(search, change))} />
      </div>
      <div className={classes['line']}>
        <StateTabs search={search} summary={summary} onState={(state) => onSearch(changed(search, { state }))} />
        <div className={classes['end']}>{children}</div>
      </div>
    </>
  )
}

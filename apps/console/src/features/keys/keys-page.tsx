import { Button, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { isProblem } from '../../api/problem.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import type { KeysSearch } from './keys-search.ts'
import { BulkBar, bulkActions } from './list/bulk-bar.tsx'
import { CreateKeyButton, useCreateKeyDialog } from './list/create-key-button.tsx'
import { MayNotView, NoKeysYet, NoMatch, NoneListed } from './list/empty-states.tsx'
import { FilterBar, SortSelect } from './list/filter-bar.tsx'
import { FilterChips } from './list/filter-chips.tsx'
import { HygieneCard } from './list/hygiene-card.tsx'
import { KeyCards } from './list/key-cards.tsx'
import { type ColumnId, titleOf } from './list/key-columns.tsx'
import { activeFilters, changed, cleared, countOf, sortOf, toBatchFilter } from './list/keys-query.ts'
import { KeysTable } from './list/keys-table.tsx'
import { Pager } from './list/pager.tsx'
import { idFilters } from './list/run-batch.ts'
import { PasteNote, type PasteOutcome } from './list/search-box.tsx'
import { useChosen } from './list/use-chosen.ts'
import { useKeySummary, useKeys } from './list/use-keys.ts'
import { useMembers } from './list/use-members.ts'

const narrow = '(max-width: 40em)'

/** The search of the address, and how to change it. */
function useKeysSearch() {
  const { accountId } = useAccount()
  const search = useSearch({ from: '/person/accounts/$account/keys' })
  const navigate = useNavigate()
  const onSearch = useCallback(
    (next: KeysSearch, replace = false) => {
      const turned = next.cursor !== undefined || next.page !== undefined
      void navigate({
        to: '/accounts/$account/keys',
        params: { account: accountId },
        search: next,
        replace,
        resetScroll: turned,
      })
    },
    [navigate, accountId],
  )
  return { search, onSearch }
}

/** Reads out how many keys a changed search found. */
function useCountAnnounced(filters: string, count: number | undefined, more: boolean): void {
  const { say } = useWords()
  const announce = useAnnounce()
  const said = useRef(filters)
  useEffect(() => {
    if (count === undefined || said.current === filters) return
    said.current = filters
    announce(say(more ? 'keys.foundMore' : 'keys.found', { count }))
  }, [filters, count, more, announce, say])
}

function KeyList() {
  const config = useConfig()
  const { say } = useWords()
  const { account, accountId, memberId, may } = useAccount()
  const { search, onSearch } = useKeysSearch()
  const { data: summary } = useKeySummary()
  const { data, error, isPlaceholderData, refetch } = useKeys(search)
  const { nameOf } = useMembers()
  const create = useCreateKeyDialog()
  const [outcome, setOutcome] = useState<PasteOutcome>(null)
  const asCards = useMediaQuery(narrow, undefined, { getInitialValueInEffect: false }) === true
  const keys = data?.items
  const filters = JSON.stringify(changed(search, {}))
  const { chosen, choosing, start, chooseAll, forget, end } = useChosen(keys, filters)
  useCountAnnounced(
    JSON.stringify(search),
    isPlaceholderData ? undefined : keys?.length,
    (data?.nextCursor ?? null) !== null,
  )
  const names = useMemo(() => ({ nameOf, ownMemberId: memberId }), [nameOf, memberId])
  const columns = config.display.columns as readonly ColumnId[]
  const keyNames = useMemo(() => new Map((keys ?? []).map((key) => [key.id, titleOf(key)])), [keys])

  // A place in the list that is no more: begin anew.
  const lost = isProblem(error, 'invalid_cursor') && search.cursor !== undefined
  useEffect(() => {
    if (lost) onSearch(changed(search, {}), true)
  }, [lost, search, onSearch])

  const onSort = useCallback((sort: string) => onSearch(changed(search, { sort })), [onSearch, search])
  // Many rows are drawn in slices, between which typing and scrolling go on.
  const drawn = useDeferredValue(useMemo(() => ({ keys, choosing }), [keys, choosing]))

  const isEmpty = keys !== undefined && keys.length === 0 && search.cursor === undefined
  const all = summary === undefined ? null : Object.values(summary.states).reduce((sum, count) => sum + count, 0)
  const filtered = activeFilters(search).length > 0
  const noneAtAll = isEmpty && !filtered && all === 0
  const cap = summary?.cap
  const canSelect = bulkActions(config, may).length > 0 && keys !== undefined && keys.length > 0
  const listed = (): React.ReactNode => {
    if (error !== null && !lost && (keys === undefined || !isPlaceholderData))
      return <ErrorNote error={error} retry={() => void refetch()} />
    if (isEmpty)
      return filtered ? (
        <NoMatch onClear={() => onSearch(cleared(search))} />
      ) : (
        <NoneListed summary={summary} onOpen={create.open} />
      )
    const parts = { keys: drawn.keys, columns, names, choosing: drawn.choosing }
    return asCards ? <KeyCards {...parts} /> : <KeysTable {...parts} sort={sortOf(search)} onSort={onSort} />
  }

  return (
    <>
      {create.dialog}
      <PageHeader
        title={config.words.menu.at(-1) ?? say('keys.title')}
        product={config.product.name}
        {...(cap === undefined || cap.max === null
          ? {}
          : { description: <span className="figures">{say('keys.cap', { used: cap.used, max: cap.max })}</span> })}
        {...(noneAtAll ? {} : { action: <CreateKeyButton summary={summary} onOpen={create.open} /> })}
      />
      {noneAtAll ? (
        <NoKeysYet summary={summary} onOpen={create.open} />
      ) : (
        <Stack gap="sm">
          {summary !== undefined && account.state === 'active' && <HygieneCard summary={summary} />}
          <FilterBar search={search} onSearch={onSearch} summary={summary} onOutcome={setOutcome}>
            {canSelect && choosing === null && (
              <Button variant="default" onClick={start}>
                {say('keys.select.start')}
              </Button>
            )}
            {asCards && <SortSelect search={search} onSearch={onSearch} columns={columns} />}
          </FilterBar>
          <PasteNote outcome={outcome} onClose={() => setOutcome(null)} />
          <FilterChips search={search} onSearch={onSearch} />
          {choosing !== null && (
            <BulkBar
              chosen={chosen}
              total={countOf(search, summary?.states, config)}
              filters={() =>
                chosen.kind === 'ids'
                  ? idFilters([...chosen.ids], accountId)
                  : [toBatchFilter(search, accountId, { config, memberId, nowMs: Date.now() })]
              }
              nameOf={(keyId) => keyNames.get(keyId)}
              onChooseAll={chooseAll}
              onDone={end}
              onFinished={forget}
            />
          )}
          {listed()}
          {keys !== undefined && (
            <Pager
              search={search}
              shown={keys.length}
              total={countOf(search, summary?.states, config)}
              nextCursor={data?.nextCursor ?? null}
              onSearch={onSearch}
            />
          )}
        </Stack>
      )}
    </>
  )
}

/** The keys of an account: found, sorted, made, and many of them changed at once. */
export function KeysPage() {
  const config = useConfig()
  const { say } = useWords()
  const { accountId, may } = useAccount()
  if (may('view')) return <KeyList key={accountId} />
  return (
    <>
      <PageHeader title={config.words.menu.at(-1) ?? say('keys.title')} product={config.product.name} />
      <MayNotView />
    </>
  )
}

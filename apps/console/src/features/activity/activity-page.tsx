import { Button, Group, Stack } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { accountKey } from '../../api/queries.ts'
import type { LogEntry } from '../../api/records.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { MayNotView } from '../keys/list/empty-states.tsx'
import { useRefreshedBy } from '../keys/list/use-refreshed-by.ts'
import type { ActivitySearch } from './activity-search.ts'
import { EventList } from './event-list.tsx'
import { KindSelect } from './kind-select.tsx'
import { isEventType } from './sentence.ts'
import { useNaming } from './use-naming.ts'

function ActivityLog() {
  const { say } = useWords()
  const { account, accountId, acting } = useAccount()
  const announce = useAnnounce()
  const navigate = useNavigate()
  const search = useSearch({ from: '/person/accounts/$account/activity' })
  const type = search.type !== undefined && isEventType(search.type) ? search.type : undefined
  const query = useMemo(
    () => ({
      account: accountId,
      ...(type === undefined ? {} : { type }),
      ...(search.key === undefined ? {} : { key: search.key }),
    }),
    [accountId, type, search.key],
  )
  // Under the keys of the account, so that what happens elsewhere shows here as well.
  const queryKey = [...accountKey(accountId, 'keys'), 'events', acting]
  const pages = usePages<LogEntry>(queryKey, '/v1/events', { acting, query })
  useRefreshedBy('members', queryKey)
  useRefreshedBy('account', queryKey)
  useRefreshedBy('webhooks', queryKey)
  const naming = useNaming(pages.items)
  const count = pages.items.length
  useEffect(() => {
    if (type !== undefined && !pages.isPending) announce(say('activity.found', { count }))
  }, [type, pages.isPending, count, announce, say])
  const go = (next: ActivitySearch): void =>
    void navigate({
      to: '/accounts/$account/activity',
      params: { account: accountId },
      search: next,
      resetScroll: false,
    })
  const { type: _type, ...others } = search
  const { key: _key, ...withoutKey } = search
  const filtered = type !== undefined || search.key !== undefined
  const isEmpty = !pages.isPending && count === 0
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <KindSelect type={type} onType={(chosen) => go(chosen === undefined ? others : { ...others, type: chosen })} />
        {search.key !== undefined && (
          <>
            <span className="breaks">{say('activity.ofKey', { name: naming.keyName(search.key) ?? search.key })}</span>
            <Button variant="subtle" size="compact-sm" onClick={() => go(withoutKey)}>
              {say('activity.showAll')}
            </Button>
          </>
        )}
      </Group>
      {pages.error !== null && count === 0 ? (
        <ErrorNote error={pages.error} retry={pages.retry} />
      ) : isEmpty ? (
        <EmptyState
          title={say(filtered ? 'activity.noMatch' : 'activity.empty')}
          action={
            filtered ? (
              <Button variant="default" onClick={() => go({})}>
                {say('activity.showAll')}
              </Button>
            ) : undefined
          }
        >
          {say(filtered ? 'activity.noMatchText' : 'activity.emptyText')}
        </EmptyState>
      ) : (
        <EventList label={say('activity.caption', { account: account.name })} pages={pages} naming={naming} />
      )}
    </Stack>
  )
}

/** What happened in an account: who did what, when and why. */
export function ActivityPage() {
  const { say } = useWords()
  const { product } = useConfig()
  const { accountId, may } = useAccount()
  return (
    <>
      <PageHeader
        title={say('activity.title')}
        product={product.name}
        {...(may('view') ? { description: say('activity.description') } : {})}
      />
      {may('view') ? <ActivityLog key={accountId} /> : <MayNotView />}
    </>
  )
}

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { accountKey, summaryQuery } from '../../../api/queries.ts'
import type { Key, Page } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useAccount, useConfig } from '../../account-context.tsx'
import type { KeysSearch } from '../keys-search.ts'
import { toListQuery } from './keys-query.ts'
import { useRefreshedBy } from './use-refreshed-by.ts'

/** The page of keys that a search asks for; the page before stays until it has come. */
export function useKeys(search: KeysSearch) {
  const { accountId, acting, memberId } = useAccount()
  const config = useConfig()
  const query = useMemo(() => toListQuery(search, { config, memberId, nowMs: Date.now() }), [search, config, memberId])
  // A use of a key is a change of `usage`; the list and the summary tell of last uses.
  useRefreshedBy('usage', [...accountKey(accountId, 'keys'), 'list'])
  useRefreshedBy('usage', [...accountKey(accountId, 'keys'), 'summary'])
  return useQuery({
    queryKey: [...accountKey(accountId, 'keys'), 'list', acting, query],
    queryFn: ({ signal }) => api<Page<Key>>(`/v1/accounts/${segment(accountId)}/keys`, { acting, signal, query }),
    placeholderData: keepPreviousData,
  })
}

/** How many keys there are in each state, and what there is to do about them. */
export function useKeySummary() {
  const { accountId, acting } = useAccount()
  return useQuery({ ...summaryQuery(accountId, acting), placeholderData: keepPreviousData })
}

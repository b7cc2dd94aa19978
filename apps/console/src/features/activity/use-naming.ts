import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { accountKey } from '../../api/queries.ts'
import type { Key, LogEntry, Page } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { useMembers } from '../keys/list/use-members.ts'
import { type Naming, nameIn } from './sentence.ts'

const keysMax = 200

/** The names of the account's newest keys, in every state; older ones are known from the entries themselves. */
function useKeyNames(): ReadonlyMap<string, string> {
  const { accountId, acting } = useAccount()
  const { data } = useQuery({
    queryKey: [...accountKey(accountId, 'keys'), 'names', acting],
    queryFn: ({ signal }) =>
      api<Page<Key>>(`/v1/accounts/${segment(accountId)}/keys`, {
        acting,
        signal,
        query: { limit: keysMax, state: ['active', 'paused', 'revoked', 'expired'] },
      }),
    placeholderData: keepPreviousData,
  })
  return useMemo(() => new Map((data?.items ?? []).map((key) => [key.id, key.name ?? key.masked])), [data])
}

/** Who and what the entries of an account are about. */
export function useNaming(entries: readonly LogEntry[]): Naming {
  const { say } = useWords()
  const { words } = useConfig()
  const { memberId, session } = useAccount()
  const { nameOf } = useMembers()
  const known = useKeyNames()
  const told = useMemo(() => {
    const names = new Map<string, string>()
    for (const entry of entries) {
      const name = nameIn(entry)
      if (entry.target.kind === 'key' && name !== undefined && !names.has(entry.target.id))
        names.set(entry.target.id, name)
    }
    return names
  }, [entries])
  return useMemo(
    () => ({
      say,
      accountWord: words.account.one,
      ownIds: memberId === null ? [session.person.id] : [memberId, session.person.id],
      memberName: nameOf,
      keyName: (id) => known.get(id) ?? told.get(id),
    }),
    [say, words, memberId, session, nameOf, known, told],
  )
}

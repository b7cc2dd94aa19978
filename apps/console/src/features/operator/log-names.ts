import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { sessionQuery } from '../../api/queries.ts'
import type { Credential, ListedPerson, LogEntry, Page } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import type { Say } from '../../locales/words.tsx'
import { useConfig } from '../account-context.tsx'
import type { Naming } from '../activity/sentence.ts'
import { operatorKey } from './operator-keys.ts'
import type { ListedAccount } from './plan-draft.ts'

const namedMax = 200

/** What ids of the log are called, as far as the newest of each kind tell. */
export interface LogNames {
  readonly ownId: string
  readonly accountWord: string
  /** People and credentials. */
  readonly who: ReadonlyMap<string, string>
  readonly accounts: ReadonlyMap<string, string>
}

interface Named {
  readonly id: string
  readonly name: string
}

function useNames<Item extends Named>(part: Parameters<typeof operatorKey>[0]): readonly Named[] {
  const { data } = useQuery({
    queryKey: [...operatorKey(part), 'names'],
    queryFn: ({ signal }) => api<Page<Item>>(`/v1/${part}`, { acting: 'operator', signal, query: { limit: namedMax } }),
    staleTime: 60_000,
  })
  return data?.items ?? nothing
}

const nothing: readonly Named[] = []

const byId = (items: readonly Named[]): ReadonlyMap<string, string> => new Map(items.map(({ id, name }) => [id, name]))

/** The names by which the log's ids are known. */
export function useLogNames(): LogNames {
  const { data: session } = useSuspenseQuery(sessionQuery)
  const { words } = useConfig()
  const people = useNames<ListedPerson>('people')
  const credentials = useNames<Credential>('credentials')
  const accounts = useNames<ListedAccount>('accounts')
  return useMemo(
    () => ({
      ownId: session.person.id,
      accountWord: words.account.one,
      who: byId([...people, ...credentials]),
      accounts: byId(accounts),
    }),
    [session, words, people, credentials, accounts],
  )
}

/** How one entry is put in words over all accounts, whose members and keys are not at hand here. */
export const namingOf = ({ actor }: LogEntry, names: LogNames, say: Say): Naming => ({
  say,
  accountWord: names.accountWord,
  ownIds: [names.ownId],
  memberName: (id) => (id === actor.id ? say('operator.entry.someMember') : undefined),
  keyName: () => undefined,
  personName: (id) => names.who.get(id),
})

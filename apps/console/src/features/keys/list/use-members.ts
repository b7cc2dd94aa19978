import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { accountKey } from '../../../api/queries.ts'
import type { Member, Page } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useAccount } from '../../account-context.tsx'

const membersMax = 200

/** The members of the account as far as they may be seen: none, where they may not. */
export function useMembers(): {
  readonly members: readonly Member[]
  readonly isKnown: boolean
  /** A member's name, or whatever else tells who it is. */
  readonly nameOf: (memberId: string) => string | undefined
} {
  const { accountId, acting } = useAccount()
  const { data } = useQuery({
    queryKey: [...accountKey(accountId, 'members'), 'names', acting],
    queryFn: ({ signal }) =>
      api<Page<Member>>(`/v1/accounts/${segment(accountId)}/members`, { acting, signal, query: { limit: membersMax } }),
    staleTime: 60_000,
    retry: false,
  })
  const members = data?.items ?? none
  const nameOf = useCallback(
    (memberId: string) => {
      const member = members.find(({ id }) => id === memberId)
      return member === undefined ? undefined : (member.name ?? member.email ?? member.externalId ?? undefined)
    },
    [members],
  )
  return { members, isKnown: data !== undefined && data.nextCursor === null, nameOf }
}

const none: readonly Member[] = []

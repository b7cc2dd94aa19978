import { type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query'
import { accountKey } from '../../../api/queries.ts'
import type { ChangedPart } from '../../../api/records.ts'
import { useAccount } from '../../account-context.tsx'

/** Reads data anew also when another part of the account changed: it stands under its own part and tells of that one too. */
export function useRefreshedBy(part: ChangedPart, queryKey: QueryKey): void {
  const { accountId } = useAccount()
  const queries = useQueryClient()
  // What a change of the part makes stale is this query; reading it anew makes the other stale.
  useQuery({
    queryKey: [...accountKey(accountId, part), 'refreshes', queryKey],
    queryFn: async () => {
      await queries.invalidateQueries({ queryKey })
      return Date.now()
    },
    initialData: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

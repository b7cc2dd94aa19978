import { queryOptions } from '@tanstack/react-query'
import { isProblem } from '../../api/problem.ts'
import { accountKey } from '../../api/queries.ts'
import type { Key } from '../../api/records.ts'
import { type Acting, api, segment } from '../../api/request.ts'

/** One key with the limits that apply to it. */
export const keyQuery = (accountId: string, keyId: string, acting: Acting) =>
  queryOptions({
    queryKey: [...accountKey(accountId, 'keys'), 'one', keyId],
    queryFn: ({ signal }) => api<Key>(`/v1/keys/${segment(keyId)}`, { acting, signal }),
    retry: (failures, error) => failures < 2 && !isProblem(error, 'key_not_found') && !isProblem(error, 'forbidden'),
  })

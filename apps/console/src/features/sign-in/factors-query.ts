import { queryOptions } from '@tanstack/react-query'
import type { Factors } from '../../api/records.ts'
import { api } from '../../api/request.ts'

/** How the person who is signed in can prove who they are. */
export const factorsQuery = queryOptions({
  queryKey: ['person', 'factors'],
  queryFn: ({ signal }) => api<Factors>('/v1/person/factors', { signal }),
})

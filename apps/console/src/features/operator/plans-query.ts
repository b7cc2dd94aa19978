import { queryOptions } from '@tanstack/react-query'
import type { Account } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { operatorKey } from './operator-keys.ts'

type Limits = Account['inForce']

/** A plan that accounts can have, with what it gives. */
export interface Plan {
  readonly id: string
  readonly label: string
  /** `null`: no cap. */
  readonly activeKeysMax: number | null
  readonly limits: Limits['limits']
  readonly accountLimits: Limits['accountLimits']
  readonly quota: Limits['quota']
}

/** The plans of the configuration, with labels in a language. */
export const plansQuery = (language: string) =>
  queryOptions({
    queryKey: [...operatorKey('plans'), language],
    queryFn: ({ signal }) =>
      api<{ readonly items: readonly Plan[] }>('/v1/plans', { acting: 'operator', signal, query: { language } }),
    staleTime: 300_000,
  })

import { queryOptions } from '@tanstack/react-query'
import type { Account, Config, KeySummary, Session, SignInChoices } from './records.ts'
import { type Acting, api, segment } from './request.ts'

/** Who is signed in; refused with `credential_missing` or `sign_in_required` where nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => api<Session>('/v1/session', { signal }),
  staleTime: 60_000,
})

/** What can be chosen at sign-in. */
export const signInQuery = queryOptions({
  queryKey: ['sign-in'],
  queryFn: ({ signal }) => api<SignInChoices>('/v1/sign-in', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

/** The configuration in a language. */
export const configQuery = (language: string) =>
  queryOptions({
    queryKey: ['config', language],
    queryFn: ({ signal }) => api<Config>('/v1/config', { query: { language }, signal }),
    staleTime: 300_000,
  })

/** The beginning of every query key of an account; what `useLive` forgets when a part of it changed. */
export const accountKey = (
  accountId: string,
  part: 'keys' | 'usage' | 'members' | 'account' | 'webhooks' | 'notices',
) => ['account', accountId, part] as const

/** One account as its members see it. */
export const accountQuery = (accountId: string, acting: Acting) =>
  queryOptions({
    queryKey: [...accountKey(accountId, 'account'), acting],
    queryFn: ({ signal }) => api<Account>(`/v1/accounts/${segment(accountId)}`, { acting, signal }),
  })

/** An account's keys at one glance. */
export const summaryQuery = (accountId: string, acting: Acting) =>
  queryOptions({
    queryKey: [...accountKey(accountId, 'keys'), 'summary'],
    queryFn: ({ signal }) => api<KeySummary>(`/v1/accounts/${segment(accountId)}/keys/summary`, { acting, signal }),
  })

import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { isProblem, isSignedOut } from '../api/problem.ts'
import { accountKey, sessionQuery } from '../api/queries.ts'
import type { AccountChanges } from '../api/records.ts'
import { type Acting, api, segment } from '../api/request.ts'

const waitSeconds = 20
const pauseMs = 2_000

/** Resolves when the page is in front again, or at once; a hidden page asks for nothing. */
const visible = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (document.visibilityState === 'visible') return resolve()
    document.addEventListener('visibilitychange', () => resolve(), { once: true, signal })
  })

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, pauseMs)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })

/** Keeps what the pages of an account show up to date: asks what changed, held open by the server, and reads that anew. */
export function useLive(accountId: string, acting: Acting, enabled: boolean): void {
  const queries = useQueryClient()
  useEffect(() => {
    if (!enabled) return
    const stop = new AbortController()
    const follow = async (): Promise<void> => {
      let after: string | undefined
      while (!stop.signal.aborted) {
        await visible(stop.signal)
        try {
          const { cursor, changed } = await api<AccountChanges>(`/v1/accounts/${segment(accountId)}/changes`, {
            acting,
            signal: stop.signal,
            query: after === undefined ? {} : { after, waitSeconds },
          })
          after = cursor
          for (const part of changed) void queries.invalidateQueries({ queryKey: accountKey(accountId, part) })
        } catch (error) {
          if (stop.signal.aborted) return
          // The session or the membership may have ended: what is read anew shows it.
          if (isSignedOut(error) || isProblem(error, 'account_not_found'))
            void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
          after = undefined
          await pause(stop.signal)
        }
      }
    }
    void follow()
    return () => stop.abort()
  }, [accountId, acting, enabled, queries])
}

import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { accountKey } from '../../../api/queries.ts'
import type { Key, Usage } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAccount } from '../../account-context.tsx'

const hourMs = 3_600_000

/** How often a key was used since the last full hour but one; usage is counted by whole hours. */
export function useRecentRequests(keyId: string): { readonly count: number | undefined; readonly since: string } {
  const format = useFormat()
  const { accountId, acting } = useAccount()
  const [fromMs] = useState(() => Math.floor(Date.now() / hourMs) * hourMs - hourMs)
  const { data } = useQuery({
    queryKey: [...accountKey(accountId, 'usage'), keyId, 'recent', fromMs],
    queryFn: ({ signal }) =>
      api<Usage>(`/v1/keys/${segment(keyId)}/usage`, {
        acting,
        signal,
        query: { from: new Date(fromMs).toISOString(), granularity: 'hour' },
      }),
    retry: false,
  })
  return {
    count: data === undefined ? undefined : data.totals.accepted + data.totals.refused,
    since: format.clock(fromMs),
  }
}

/** When and from where a key was last used, and how often in the last hours: what is at stake. */
export function RecentUse({ keyRecord }: { readonly keyRecord: Key }) {
  const { say } = useWords()
  const format = useFormat()
  const { count, since } = useRecentRequests(keyRecord.id)
  const { lastUsedAt, lastUsedNetwork } = keyRecord
  if (lastUsedAt === null) return <Text c="dimmed">{say('keyActions.use.never')}</Text>
  const when = format.relative(lastUsedAt)
  return (
    <Text c="dimmed" className="breaks">
      {lastUsedNetwork === null
        ? say('keyActions.use.last', { when })
        : say('keyActions.use.lastFrom', { when, network: lastUsedNetwork })}{' '}
      {count === 0 && say('keyActions.use.noRequests', { time: since })}
      {count !== undefined && count > 0 && say('keyActions.use.requests', { count, time: since })}
    </Text>
  )
}

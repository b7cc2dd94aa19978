import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { accountKey } from '../../../api/queries.ts'
import type { Key } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { useAccount } from '../../account-context.tsx'
import classes from './shown-once.module.css'

const askMs = 1_500
const tickMs = 1_000

/** A dot that waits for the first request of a new key and turns green with it. */
export function FirstRequest({ keyId }: { readonly keyId: string }) {
  const { say } = useWords()
  const format = useFormat()
  const announce = useAnnounce()
  const { accountId, acting, may } = useAccount()
  const { data } = useQuery({
    queryKey: [...accountKey(accountId, 'keys'), 'first-request', keyId],
    queryFn: ({ signal }) => api<Key>(`/v1/keys/${segment(keyId)}`, { acting, signal }),
    refetchInterval: ({ state }) => (state.data?.lastUsedAt === null || state.data === undefined ? askMs : false),
    enabled: may('view'),
    retry: false,
  })
  const at = data?.lastUsedAt ?? null
  const said = useRef(false)
  const [, setTick] = useState(0)
  useEffect(() => {
    if (at === null) return
    if (!said.current) announce(say('createKey.once.seen', { when: format.relative(at) }))
    said.current = true
    const timer = setInterval(() => setTick((tick) => tick + 1), tickMs)
    return () => clearInterval(timer)
  }, [at, announce, say, format])
  if (!may('view')) return null
  return (
    <div className={classes['live']}>
      <span className={classes['dot']} data-seen={at !== null} aria-hidden />
      <Text size="sm">
        {at === null ? (
          <>
            {say('createKey.once.waiting')}.{' '}
            <Text component="span" size="sm" c="dimmed">
              {say('createKey.once.waitingHint')}
            </Text>
          </>
        ) : (
          say('createKey.once.seen', { when: format.relative(Math.min(Date.parse(at), Date.now())) })
        )}
      </Text>
    </div>
  )
}

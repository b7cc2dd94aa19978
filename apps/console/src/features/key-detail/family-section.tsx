import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { accountKey } from '../../api/queries.ts'
import type { Key, LogEntry, Page } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { useAccount } from '../account-context.tsx'
import { KeyStatus } from '../keys/list/key-status-badge.tsx'
import classes from './key-detail.module.css'
import { keyQuery } from './key-query.ts'
import { Section } from './section.tsx'

const searchedMax = 200

/** The key that this one was made of: the log of the account's rotations names it. */
function usePrevious(keyId: string): string | null {
  const { accountId, acting } = useAccount()
  const { data } = useQuery({
    queryKey: [...accountKey(accountId, 'keys'), 'rotations'],
    queryFn: ({ signal }) =>
      api<Page<LogEntry>>('/v1/events', {
        acting,
        signal,
        query: { account: accountId, type: 'key.rotated', limit: searchedMax },
      }),
    retry: false,
  })
  return data?.items.find(({ after }) => after?.['rotatedTo'] === keyId)?.target.id ?? null
}

/** The keys before and after this one in its rotation; nothing where there are none. */
export function FamilySection({ keyRecord }: { readonly keyRecord: Key }) {
  const { say } = useWords()
  const previous = usePrevious(keyRecord.id)
  if (previous === null && keyRecord.rotatedTo === null) return null
  return (
    <Section title={say('keyDetail.family.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {say('keyDetail.family.text')}
      </Text>
      <dl className={classes['facts']}>
        {keyRecord.rotatedTo !== null && <Relative label={say('keyDetail.family.next')} keyId={keyRecord.rotatedTo} />}
        {previous !== null && <Relative label={say('keyDetail.family.previous')} keyId={previous} />}
      </dl>
    </Section>
  )
}

function Relative({ label, keyId }: { readonly label: string; readonly keyId: string }) {
  const { accountId, acting } = useAccount()
  const { data } = useQuery(keyQuery(accountId, keyId, acting))
  // Deleted since: there is nothing to lead to.
  if (data === undefined) return null
  return (
    <div style={{ display: 'contents' }}>
      <dt>{label}</dt>
      <dd>
        <Anchor component={Link} to={`/accounts/${accountId}/keys/${keyId}`} className="mono">
          {data.masked}
        </Anchor>{' '}
        <KeyStatus keyRecord={data} />
      </dd>
    </div>
  )
}

import { Button, Skeleton, Text } from '@mantine/core'
import { accountKey } from '../../api/queries.ts'
import type { Activity } from '../../api/records.ts'
import { segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Moment } from '../../ui/moment.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { codeTone, codeWord } from './code-words.ts'
import classes from './key-detail.module.css'
import { Section } from './section.tsx'

const pageItems = 10

/** The newest requests with a key. */
export function ChecksSection({ keyId }: { readonly keyId: string }) {
  const { say } = useWords()
  const { accountId, acting } = useAccount()
  const pages = usePages<Activity>(
    [...accountKey(accountId, 'usage'), keyId, 'activity'],
    `/v1/keys/${segment(keyId)}/activity`,
    { acting, query: { limit: pageItems } },
  )
  return (
    <Section title={say('keyDetail.checks.title')}>
      {pages.isPending && <Skeleton height={120} />}
      {pages.error !== null && pages.items.length === 0 && <ErrorNote error={pages.error} retry={pages.retry} />}
      {!pages.isPending && pages.error === null && pages.items.length === 0 && (
        <Text c="dimmed">{say('keyDetail.checks.none')}</Text>
      )}
      {pages.items.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mb="xs">
            {say('keyDetail.checks.note')}
          </Text>
          <ScrollRegion label={say('keyDetail.checks.title')}>
            <Checks items={pages.items} />
          </ScrollRegion>
          {pages.more !== null && (
            <Button variant="default" size="xs" mt="sm" onClick={pages.more} loading={pages.isLoadingMore}>
              {say('common.loadMore')}
            </Button>
          )}
        </>
      )}
    </Section>
  )
}

function Checks({ items }: { readonly items: readonly Activity[] }) {
  const config = useConfig()
  const { say } = useWords()
  const seen = new Map<string, number>()
  // Two checks of one moment are told apart by their turn.
  const idOf = ({ at, code }: Activity): string => {
    const turn = (seen.get(`${at} ${code}`) ?? 0) + 1
    seen.set(`${at} ${code}`, turn)
    return `${at} ${code} ${turn}`
  }
  return (
    <table className={classes['table']}>
      <caption className="visually-hidden">{say('keyDetail.checks.title')}</caption>
      <thead>
        <tr>
          {(['time', 'outcome', 'permission', 'network', 'agent'] as const).map((column) => (
            <th key={column} scope="col">
              {say(`keyDetail.checks.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={idOf(item)}>
            <th scope="row" style={{ whiteSpace: 'nowrap' }}>
              <Moment at={item.at} />
            </th>
            <td>
              <StateBadge tone={codeTone(item.code)}>{codeWord(item.code, say, config)}</StateBadge>
            </td>
            <td className="mono">{item.permission ?? '–'}</td>
            <td className="mono">{item.network ?? '–'}</td>
            <td className={classes['agent']}>{item.userAgent ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

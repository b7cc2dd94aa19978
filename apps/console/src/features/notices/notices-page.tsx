import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { accountKey, signInQuery } from '../../api/queries.ts'
import type { Notice } from '../../api/records.ts'
import { segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { useWords } from '../../locales/words.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Listing } from '../../ui/listing.tsx'
import { Moment } from '../../ui/moment.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { noticeWords } from './notice-words.ts'

function Sentence({ notice }: { readonly notice: Notice }) {
  const { say } = useWords()
  const { accountId, managesMembers } = useAccount()
  const text = noticeWords(notice, say)
  const base = `/accounts/${segment(accountId)}`
  const to =
    notice.key !== null
      ? `${base}/keys/${segment(notice.key)}`
      : notice.kind === 'webhook.disabled' && managesMembers
        ? `${base}/webhooks`
        : null
  if (to === null) return <span className="breaks">{text}</span>
  return (
    <Anchor component={Link} to={to} inherit c="inherit" underline="hover" className="breaks">
      {text}
    </Anchor>
  )
}

function NoticeList() {
  const { say } = useWords()
  const { accountId, acting } = useAccount()
  const pages = usePages<Notice>(accountKey(accountId, 'notices'), `/v1/accounts/${segment(accountId)}/notices`, {
    acting,
  })
  const { data: choices } = useQuery(signInQuery)
  const sendsMail = choices?.mail !== false
  return (
    <>
      {!sendsMail && (
        <Text c="dimmed" mb="md">
          {say('notices.mailOff')}
        </Text>
      )}
      <Listing
        caption={say('notices.caption')}
        pages={pages}
        empty={<EmptyState title={say('notices.empty')}>{say('notices.emptyText')}</EmptyState>}
        columns={[
          { id: 'what', label: say('notices.what'), cell: (notice) => <Sentence notice={notice} /> },
          { id: 'when', label: say('notices.when'), cell: ({ at }) => <Moment at={at} /> },
          ...(sendsMail
            ? [
                {
                  id: 'mail',
                  label: say('notices.mail'),
                  cell: ({ mailed }: Notice) => say(mailed ? 'notices.mailed' : 'notices.notMailed'),
                },
              ]
            : []),
        ]}
      />
    </>
  )
}

/** What the account was told about its keys without asking. */
export function NoticesPage() {
  const { say } = useWords()
  const { product, words } = useConfig()
  const { may } = useAccount()
  const keys = words.key.many
  return (
    <>
      <PageHeader
        title={say('notices.title')}
        product={product.name}
        description={say('notices.description', { keys })}
      />
      {may('view') ? (
        <NoticeList />
      ) : (
        <EmptyState title={say('problems.forbidden')}>{say('notices.forbidden', { keys })}</EmptyState>
      )}
    </>
  )
}

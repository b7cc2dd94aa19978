import { Button, Skeleton, Text } from '@mantine/core'
import { accountKey } from '../../api/queries.ts'
import type { Config, LogEntry } from '../../api/records.ts'
import { segment } from '../../api/request.ts'
import { usePages } from '../../api/use-pages.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Moment } from '../../ui/moment.tsx'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { useMembers } from '../keys/list/use-members.ts'
import classes from './key-detail.module.css'
import { Section } from './section.tsx'

const pageItems = 10

const happenings = [
  'created',
  'updated',
  'reactivated',
  'rotated',
  'deleted',
  'override_set',
  'override_cleared',
] as const

const fields = [
  'name',
  'description',
  'grant',
  'preset',
  'allowedNetworks',
  'limits',
  'quota',
  'metadata',
  'owner',
  'expiresAt',
  'endsAt',
] as const

/** What was done to a key, newest first. */
export function LogSection({ keyId }: { readonly keyId: string }) {
  const { say } = useWords()
  const { accountId, acting } = useAccount()
  const pages = usePages<LogEntry>(
    [...accountKey(accountId, 'keys'), 'log', keyId],
    `/v1/keys/${segment(keyId)}/events`,
    { acting, query: { limit: pageItems } },
  )
  return (
    <Section title={say('keyDetail.log.title')}>
      {pages.isPending && <Skeleton height={120} />}
      {pages.error !== null && pages.items.length === 0 && <ErrorNote error={pages.error} retry={pages.retry} />}
      {!pages.isPending && pages.error === null && pages.items.length === 0 && (
        <Text c="dimmed">{say('keyDetail.log.none')}</Text>
      )}
      {pages.items.length > 0 && (
        <ScrollRegion label={say('keyDetail.log.title')}>
          <table className={classes['table']}>
            <caption className="visually-hidden">{say('keyDetail.log.title')}</caption>
            <thead>
              <tr>
                {(['time', 'what', 'who'] as const).map((column) => (
                  <th key={column} scope="col">
                    {say(`keyDetail.log.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {pages.items.map((entry) => (
                <tr key={entry.number}>
                  <th scope="row" style={{ whiteSpace: 'nowrap' }}>
                    <Moment at={entry.at} />
                  </th>
                  <td>
                    <What entry={entry} />
                  </td>
                  <td>
                    <Who entry={entry} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
      {pages.more !== null && (
        <Button variant="default" size="xs" mt="sm" onClick={pages.more} loading={pages.isLoadingMore}>
          {say('common.loadMore')}
        </Button>
      )}
    </Section>
  )
}

/** The word of the configuration for what a key became. */
function stateWord(type: string, labels: Config['display']['stateLabels']): string | undefined {
  if (type === 'key.paused') return labels.paused
  return type === 'key.revoked' ? labels.revoked : undefined
}

function What({ entry }: { readonly entry: LogEntry }) {
  const { display } = useConfig()
  const { say } = useWords()
  const format = useFormat()
  const happening = happenings.find((each) => entry.type === `key.${each}`)
  const changed =
    happening === 'updated' ? fields.filter((field) => Object.hasOwn(entry.after ?? entry.before ?? {}, field)) : []
  return (
    <>
      {happening !== undefined && say(`keyDetail.log.event.${happening}`)}
      {happening === undefined &&
        (stateWord(entry.type, display.stateLabels) ?? <span className="mono">{entry.type}</span>)}
      {changed.length > 0 && (
        <Text size="sm" c="dimmed">
          {say('keyDetail.log.changed', {
            list: format.list(changed.map((field) => say(`keyDetail.log.field.${field}`))),
          })}
        </Text>
      )}
      {entry.reason !== null && (
        <Text size="sm" c="dimmed" className="breaks">
          {say('keyDetail.log.reason', { reason: entry.reason })}
        </Text>
      )}
    </>
  )
}

function Who({ entry: { actor } }: { readonly entry: LogEntry }) {
  const { say } = useWords()
  const { memberId, session } = useAccount()
  const { nameOf } = useMembers()
  if (actor.id === memberId || actor.id === session.person.id) return say('keyDetail.log.you')
  if (actor.kind === 'member') return nameOf(actor.id) ?? say('keyDetail.log.member')
  if (actor.kind === 'operator') return say('keyDetail.log.operator')
  return say(actor.kind === 'key' ? 'keyDetail.log.byKey' : 'keyDetail.log.system')
}

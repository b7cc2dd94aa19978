import { ActionIcon, Anchor, Code, Table } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useId, useState } from 'react'
import type { LogEntry } from '../../api/records.ts'
import { segment } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { Moment } from '../../ui/moment.tsx'
import { sentenceOf } from '../activity/sentence.ts'
import classes from './log.module.css'
import { type LogNames, namingOf } from './log-names.ts'

/** How many columns a row of the log has. */
export const logColumns = 7

const Id = ({ children }: { readonly children: string }) => <span className={`mono ${classes['id']}`}>{children}</span>

function Actor({ actor: { kind, id }, names }: Pick<LogEntry, 'actor'> & { readonly names: LogNames }) {
  const { say } = useWords()
  if (names.ownId === id) return say('operator.entry.you')
  return (
    <>
      {say(`operator.entry.actors.${kind}`)}
      <br />
      <Id>{id}</Id>
    </>
  )
}

function Target({ target, account }: Pick<LogEntry, 'target' | 'account'>) {
  if (target.kind !== 'key' || account === null) return <Id>{target.id}</Id>
  return (
    <Anchor
      component={Link}
      to={`/accounts/${segment(account)}/keys/${segment(target.id)}`}
      c="inherit"
      underline="hover"
    >
      <Id>{target.id}</Id>
    </Anchor>
  )
}

function Details({ entry }: { readonly entry: LogEntry }) {
  const { say } = useWords()
  const { reason, requestId, personal, before, after, number, type } = entry
  const rows: readonly (readonly [label: string, value: ReactNode])[] = [
    [say('operator.entry.number'), <Id key="number">{String(number)}</Id>],
    [say('operator.entry.event'), <Id key="type">{type}</Id>],
    ...(reason === null ? [] : [[say('operator.entry.reason'), reason] as const]),
    [say('operator.entry.request'), <Id key="request">{requestId}</Id>],
    ...(personal?.userAgent === undefined ? [] : [[say('operator.entry.userAgent'), personal.userAgent] as const]),
  ]
  const changes = [
    [say('operator.entry.before'), before],
    [say('operator.entry.after'), after],
  ] as const
  return (
    <dl className={classes['details']}>
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="breaks">{value}</dd>
        </div>
      ))}
      {changes.map(
        ([label, values]) =>
          values !== null && (
            <div key={label} className={classes['wide']}>
              <dt>{label}</dt>
              <dd>
                <Code block className={classes['values'] ?? ''}>
                  {JSON.stringify(values, null, 2)}
                </Code>
              </dd>
            </div>
          ),
      )}
    </dl>
  )
}

/** One entry of the log, with what else is known of it on demand. */
export function LogRow({ entry, names }: { readonly entry: LogEntry; readonly names: LogNames }) {
  const { say } = useWords()
  const [opened, setOpened] = useState(false)
  const id = useId()
  const Chevron = opened ? IconChevronDown : IconChevronRight
  return (
    <>
      <Table.Tr>
        <Table.Td>
          <ActionIcon
            variant="subtle"
            color="gray"
            c="inherit"
            aria-expanded={opened}
            aria-controls={opened ? id : undefined}
            aria-label={say('operator.entry.showDetails', { number: entry.number })}
            onClick={() => setOpened(!opened)}
          >
            <Chevron size={16} aria-hidden />
          </ActionIcon>
        </Table.Td>
        <Table.Td style={{ whiteSpace: 'nowrap' }}>
          <Moment at={entry.at} />
        </Table.Td>
        <Table.Th scope="row" className={classes['event'] ?? ''}>
          <span className="breaks">{sentenceOf(entry, namingOf(entry, names, say))}</span>
        </Table.Th>
        <Table.Td>
          <Actor actor={entry.actor} names={names} />
        </Table.Td>
        <Table.Td>
          {entry.account === null ? (
            <span>{say('operator.entry.none')}</span>
          ) : (
            <Anchor
              component={Link}
              to={`/accounts/${segment(entry.account)}/keys`}
              inherit
              c="inherit"
              underline="hover"
            >
              {names.accounts.get(entry.account) ?? <Id>{entry.account}</Id>}
            </Anchor>
          )}
        </Table.Td>
        <Table.Td>
          <Target target={entry.target} account={entry.account} />
        </Table.Td>
        <Table.Td className="mono">{entry.personal?.network ?? say('operator.entry.none')}</Table.Td>
      </Table.Tr>
      {opened && (
        <Table.Tr id={id}>
          <Table.Td />
          <Table.Td colSpan={logColumns - 1}>
            <Details entry={entry} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  )
}

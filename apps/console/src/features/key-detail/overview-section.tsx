import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Key } from '../../api/records.ts'
import { useWords } from '../../locales/words.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { EnvironmentLabel } from '../../ui/environment-label.tsx'
import { Moment } from '../../ui/moment.tsx'
import { useAccount, useConfig } from '../account-context.tsx'
import { expiryChoices } from '../keys/create/expiry.ts'
import { columnLabel } from '../keys/list/key-columns.tsx'
import { useMembers } from '../keys/list/use-members.ts'
import classes from './key-detail.module.css'
import { Section } from './section.tsx'

type Fact = readonly [label: string, value: ReactNode]

/** What is known of a key. */
export function OverviewSection({ keyRecord }: { readonly keyRecord: Key }) {
  const { say } = useWords()
  const config = useConfig()
  const type = config.types.find(({ id }) => id === keyRecord.type)
  const { expiresAt, endsAt, environment, metadata } = keyRecord
  const facts: readonly Fact[] = [
    [
      say('keyDetail.id'),
      <Group key="id" gap="xs">
        <span className="mono breaks">{keyRecord.id}</span>
        <CopyButton variant="default" size="compact-xs" text={keyRecord.id} label={say('keyDetail.copyId')} />
      </Group>,
    ],
    ...(config.types.length > 1 ? [[columnLabel('type', config, say), type?.label ?? keyRecord.type] as Fact] : []),
    ...(environment === null
      ? []
      : [[columnLabel('environment', config, say), <EnvironmentLabel key="at" id={environment} />] as Fact]),
    [say('keyDetail.owner'), <Owner key="owner" keyRecord={keyRecord} />],
    [say('keyDetail.created'), <Created key="created" keyRecord={keyRecord} />],
    ...(expiryChoices(config) !== null || expiresAt !== null
      ? [[say('keyDetail.expires'), <Moment key="expires" at={expiresAt} />] as Fact]
      : []),
    ...(endsAt !== null && endsAt !== expiresAt
      ? [[say('keyDetail.ends'), <Moment key="ends" at={endsAt} />] as Fact]
      : []),
    [say('keyDetail.lastUsed'), <LastUsed key="used" keyRecord={keyRecord} />],
    [say('keyDetail.networks'), <Networks key="networks" networks={keyRecord.allowedNetworks} />],
    ...(keyRecord.parentLineage === null
      ? []
      : [
          [
            say('keyDetail.managedBy'),
            <span key="parent" className="mono breaks">
              {keyRecord.parentLineage}
            </span>,
          ] as Fact,
        ]),
    ...(metadata === null || Object.keys(metadata).length === 0
      ? []
      : [
          [
            say('keyDetail.metadata'),
            <span key="metadata" className="mono breaks">
              {JSON.stringify(metadata)}
            </span>,
          ] as Fact,
        ]),
  ]
  return (
    <Section title={say('keyDetail.overview')}>
      <dl className={classes['facts']}>
        {facts.map(([label, value]) => (
          <div key={label} style={{ display: 'contents' }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}

interface Of {
  readonly keyRecord: Key
}

function Owner({ keyRecord: { owner } }: Of) {
  const { say } = useWords()
  const { memberId } = useAccount()
  const { nameOf } = useMembers()
  if (owner === null) return say('keys.serviceKey')
  return owner === memberId ? say('keys.you') : (nameOf(owner) ?? say('keys.formerMember'))
}

function Created({ keyRecord: { createdAt, createdBy } }: Of) {
  const { say } = useWords()
  const { nameOf } = useMembers()
  const name = createdBy.kind === 'member' ? nameOf(createdBy.id) : undefined
  return (
    <>
      <Moment at={createdAt} /> {name !== undefined && say('keyDetail.createdBy', { name })}
    </>
  )
}

function LastUsed({ keyRecord: { lastUsedAt, lastUsedNetwork } }: Of) {
  const { say } = useWords()
  return (
    <>
      <Moment at={lastUsedAt} absent={say('keyDetail.neverUsed')} />{' '}
      {lastUsedNetwork !== null && say('keyDetail.lastUsedFrom', { network: lastUsedNetwork })}
    </>
  )
}

function Networks({ networks }: { readonly networks: readonly string[] | null }) {
  const { say } = useWords()
  if (networks === null) return say('keyDetail.anywhere')
  if (networks.length === 0) return say('keyDetail.nowhere')
  return <span className="mono">{networks.join(', ')}</span>
}

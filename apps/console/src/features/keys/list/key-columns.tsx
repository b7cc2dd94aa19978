import { ActionIcon } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { Config, Key } from '../../../api/records.ts'
import { capitalized } from '../../../locales/capitalized.ts'
import { type Say, useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { EnvironmentLabel } from '../../../ui/environment-label.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import { GrantLabel } from '../grant/grant-label.tsx'
import { KeyStatus } from './key-status-badge.tsx'
import { firstSort, type SortColumn } from './keys-query.ts'
import classes from './keys-table.module.css'

/** A column of the list, as the configuration names them. */
export type ColumnId =
  | 'name'
  | 'id'
  | 'preview'
  | 'type'
  | 'environment'
  | 'permissions'
  | 'owner'
  | 'created'
  | 'lastUsed'
  | 'expires'
  | 'state'

/** Whether the list can be sorted by a column. */
export const sorts = (column: ColumnId): column is SortColumn => column in firstSort

/** The heading of a column. */
export function columnLabel(column: ColumnId, config: Config, say: Say): string {
  if (column === 'name')
    return config.fields.name.presence === 'absent' ? say('keys.column.preview') : config.fields.name.label
  if (column === 'type') return capitalized(config.words.type.one)
  if (column === 'environment') return capitalized(config.words.environment.one)
  return say(`keys.column.${column}`)
}

/** Who made a key or owns it, as far as it is known. */
export interface Names {
  readonly nameOf: (memberId: string) => string | undefined
  readonly ownMemberId: string | null
}

interface CellProps {
  readonly keyRecord: Key
  readonly names: Names
}

/** The name that a key goes by in sentences. */
export const titleOf = (key: Pick<Key, 'name' | 'masked'>): string => key.name ?? key.masked

/** The link to a key, with its description below. */
export function KeyLink({ keyRecord, text }: { readonly keyRecord: Key; readonly text?: string }) {
  const { accountId } = useAccount()
  const { say } = useWords()
  return (
    <span className={classes['naming']}>
      <Link
        to="/accounts/$account/keys/$key"
        params={{ account: accountId, key: keyRecord.id }}
        className={classes['name']}
        {...(text === undefined && keyRecord.name === null ? { 'data-unnamed': true } : {})}
        {...(text === undefined && keyRecord.name === null
          ? { 'aria-label': `${say('common.unnamed')}, ${keyRecord.masked}` }
          : {})}
      >
        {text ?? keyRecord.name ?? say('common.unnamed')}
      </Link>
      {keyRecord.description !== null && <span className={classes['description']}>{keyRecord.description}</span>}
    </span>
  )
}

function CopyId({ keyRecord }: { readonly keyRecord: Key }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(keyRecord.id)
      setCopied(true)
      announce(say('keys.idCopied'))
    } catch {
      announce(say('common.copyFailed'))
    }
  }
  const Icon = copied ? IconCheck : IconCopy
  return (
    <span className={classes['id']}>
      <span className="mono">{keyRecord.id}</span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={24}
        aria-label={say('keys.copyId', { name: titleOf(keyRecord) })}
        onClick={() => void copy()}
      >
        <Icon size={14} aria-hidden />
      </ActionIcon>
    </span>
  )
}

function Owner({ keyRecord, names }: CellProps) {
  const { say } = useWords()
  if (keyRecord.owner === null) return <span className={classes['dimmed']}>{say('keys.serviceKey')}</span>
  if (keyRecord.owner === names.ownMemberId) return <span>{say('keys.you')}</span>
  return <span>{names.nameOf(keyRecord.owner) ?? say('keys.formerMember')}</span>
}

function Created({ keyRecord, names }: CellProps) {
  const { say } = useWords()
  const { createdBy } = keyRecord
  const name = createdBy.kind === 'member' ? names.nameOf(createdBy.id) : undefined
  return (
    <span className={classes['naming']}>
      <RelativeTime at={keyRecord.createdAt} absent="" />
      {name !== undefined && <span className={classes['description']}>{say('keys.createdBy', { name })}</span>}
    </span>
  )
}

function LastUsed({ keyRecord }: CellProps) {
  const { say } = useWords()
  return <RelativeTime at={keyRecord.lastUsedAt} absent={say('keys.neverUsed')} />
}

function Expires({ keyRecord }: CellProps) {
  const { say } = useWords()
  return <RelativeTime at={keyRecord.endsAt ?? keyRecord.expiresAt} absent={say('keys.neverExpires')} />
}

function Type({ keyRecord }: CellProps) {
  const { types } = useConfig()
  return <span>{types.find(({ id }) => id === keyRecord.type)?.label ?? keyRecord.type}</span>
}

const cells: Readonly<Record<ColumnId, (props: CellProps) => ReactNode>> = {
  name: ({ keyRecord }) => <KeyLink keyRecord={keyRecord} />,
  id: ({ keyRecord }) => <CopyId keyRecord={keyRecord} />,
  preview: ({ keyRecord }) => <span className={`mono ${classes['preview']}`}>{keyRecord.masked}</span>,
  type: Type,
  environment: ({ keyRecord }) =>
    keyRecord.environment === null ? null : <EnvironmentLabel id={keyRecord.environment} />,
  permissions: ({ keyRecord }) => <GrantLabel grant={keyRecord.grant} preset={keyRecord.preset} />,
  owner: Owner,
  created: Created,
  lastUsed: LastUsed,
  expires: Expires,
  state: ({ keyRecord }) => <KeyStatus keyRecord={keyRecord} />,
}

/** What a column shows of a key. */
export function KeyCell({ column, ...props }: CellProps & { readonly column: ColumnId }) {
  const Cell = cells[column]
  return <Cell {...props} />
}

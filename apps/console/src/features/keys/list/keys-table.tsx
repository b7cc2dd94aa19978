import { Checkbox, Paper, Skeleton, Table, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type MouseEvent, memo } from 'react'
import type { Key } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import { KeyMenu } from '../actions/key-menu.tsx'
import { type ColumnId, columnLabel, KeyCell, KeyLink, type Names, sorts, titleOf } from './key-columns.tsx'
import { nextSort } from './keys-query.ts'
import classes from './keys-table.module.css'

/** Which keys are chosen, and how that changes. */
export interface Choosing {
  readonly isChosen: (keyId: string) => boolean
  readonly onChoose: (keyId: string, chosen: boolean) => void
  readonly onChoosePage: (chosen: boolean) => void
}

interface TableProps {
  /** `undefined`: on their way. */
  readonly keys: readonly Key[] | undefined
  readonly columns: readonly ColumnId[]
  readonly names: Names
  readonly sort: string
  readonly onSort: (sort: string) => void
  readonly choosing: Choosing | null
}

/** The column whose text leads to the key. */
const linkColumn = (columns: readonly ColumnId[]): ColumnId | undefined =>
  (['name', 'preview', 'id'] as const).find((column) => columns.includes(column))

function SortHeading({
  column,
  label,
  sort,
  onSort,
}: {
  readonly column: ColumnId
  readonly label: string
} & Pick<TableProps, 'sort' | 'onSort'>) {
  if (!sorts(column)) return <Table.Th scope="col">{label}</Table.Th>
  const order = sort === column ? 'ascending' : sort === `-${column}` ? 'descending' : undefined
  const Icon = order === undefined ? IconArrowsSort : order === 'ascending' ? IconArrowUp : IconArrowDown
  return (
    <Table.Th scope="col" {...(order === undefined ? {} : { 'aria-sort': order })}>
      <UnstyledButton
        className={classes['sort'] ?? ''}
        data-sorted={order !== undefined || undefined}
        onClick={() => onSort(nextSort(column, sort))}
      >
        {label}
        <Icon size={14} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  )
}

/** A click on a row opens its key, unless it meant something in the row, or text was being marked. */
const meansRow = (event: MouseEvent<HTMLElement>): boolean => {
  const target = event.target as HTMLElement
  if (event.metaKey || event.ctrlKey || event.shiftKey || !event.currentTarget.contains(target)) return false
  if (target.closest('a, button, input, label, [role="dialog"], [role="menu"]') !== null) return false
  return (getSelection()?.toString() ?? '') === ''
}

/** Opens a key when its row is clicked; what opens in a dialog or a menu of the row is not the row. */
export function useRowClick(): (event: MouseEvent<HTMLElement>, keyId: string) => void {
  const { accountId } = useAccount()
  const navigate = useNavigate()
  return (event, keyId) => {
    if (!meansRow(event)) return
    void navigate({ to: '/accounts/$account/keys/$key', params: { account: accountId, key: keyId } })
  }
}

interface RowProps {
  readonly keyRecord: Key
  readonly columns: readonly ColumnId[]
  readonly names: Names
  readonly chosen: boolean | null
  readonly onChoose: ((keyId: string, chosen: boolean) => void) | undefined
}

const KeyRow = memo(function KeyRow({ keyRecord, columns, names, chosen, onChoose }: RowProps) {
  const { say } = useWords()
  const onRowClick = useRowClick()
  const named = linkColumn(columns)
  return (
    <tr
      className={classes['row']}
      data-chosen={chosen === true || undefined}
      onClick={(event) => onRowClick(event, keyRecord.id)}
    >
      {chosen !== null && (
        <td className={classes['check']}>
          <Checkbox
            size="xs"
            aria-label={say('keys.select.one', { name: titleOf(keyRecord) })}
            checked={chosen}
            onChange={(event) => onChoose?.(keyRecord.id, event.currentTarget.checked)}
          />
        </td>
      )}
      {columns.map((column) =>
        column === named ? (
          <th key={column} scope="row">
            {column === 'name' ? (
              <KeyLink keyRecord={keyRecord} />
            ) : (
              <span className="mono">
                <KeyLink keyRecord={keyRecord} text={column === 'id' ? keyRecord.id : keyRecord.masked} />
              </span>
            )}
          </th>
        ) : (
          <td key={column} data-column={column}>
            <KeyCell column={column} keyRecord={keyRecord} names={names} />
          </td>
        ),
      )}
      <td>
        <KeyMenu keyRecord={keyRecord} />
      </td>
    </tr>
  )
})

const skeletonWidths: Readonly<Partial<Record<ColumnId, number>>> = { name: 160, preview: 150, id: 160, state: 64 }
const skeletonRows = ['a', 'b', 'c', 'd', 'e', 'f']

function SkeletonRows({ columns }: { readonly columns: readonly ColumnId[] }) {
  return skeletonRows.map((row) => (
    <tr key={row} className={classes['row']}>
      {columns.map((column) => (
        <td key={column}>
          <Skeleton height={14} width={skeletonWidths[column] ?? 80} />
        </td>
      ))}
      <td />
    </tr>
  ))
}

/** The keys as a table with the columns of the configuration; it moves sideways in a region of its own. */
export const KeysTable = memo(function KeysTable({ keys, columns, names, sort, onSort, choosing }: TableProps) {
  const { say } = useWords()
  const config = useConfig()
  const { account } = useAccount()
  const chosenHere = choosing === null ? 0 : (keys ?? []).filter(({ id }) => choosing.isChosen(id)).length
  const allChosen = keys !== undefined && keys.length > 0 && chosenHere === keys.length
  return (
    <Paper className={classes['frame'] ?? ''}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the screen must be reachable by keyboard. */}
      <section className={classes['region']} aria-label={say('keys.region')} tabIndex={0}>
        <Table className={classes['table'] ?? ''} aria-busy={keys === undefined}>
          <caption className="visually-hidden">{say('keys.caption', { account: account.name })}</caption>
          <thead>
            <tr>
              {choosing !== null && (
                <td className={classes['check']}>
                  <Checkbox
                    size="xs"
                    aria-label={say('keys.select.page')}
                    checked={allChosen}
                    indeterminate={chosenHere > 0 && !allChosen}
                    onChange={(event) => choosing.onChoosePage(event.currentTarget.checked)}
                  />
                </td>
              )}
              {columns.map((column) => (
                <SortHeading
                  key={column}
                  column={column}
                  label={columnLabel(column, config, say)}
                  sort={sort}
                  onSort={onSort}
                />
              ))}
              <Table.Th scope="col">
                <span className="visually-hidden">{say('common.actions')}</span>
              </Table.Th>
            </tr>
          </thead>
          <tbody>
            {keys === undefined ? (
              <SkeletonRows columns={columns} />
            ) : (
              keys.map((key) => (
                <KeyRow
                  key={key.id}
                  keyRecord={key}
                  columns={columns}
                  names={names}
                  chosen={choosing === null ? null : choosing.isChosen(key.id)}
                  onChoose={choosing?.onChoose}
                />
              ))
            )}
          </tbody>
        </Table>
      </section>
    </Paper>
  )
})

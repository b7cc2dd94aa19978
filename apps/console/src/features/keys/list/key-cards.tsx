import { Checkbox, Paper, Skeleton } from '@mantine/core'
import { memo } from 'react'
import type { Key } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { useConfig } from '../../account-context.tsx'
import { KeyMenu } from '../actions/key-menu.tsx'
import { type ColumnId, columnLabel, KeyCell, KeyLink, type Names, titleOf } from './key-columns.tsx'
import classes from './keys-table.module.css'
import { type Choosing, useRowClick } from './keys-table.tsx'

interface CardProps {
  readonly keyRecord: Key
  readonly columns: readonly ColumnId[]
  readonly names: Names
  readonly chosen: boolean | null
  readonly onChoose: ((keyId: string, chosen: boolean) => void) | undefined
}

const KeyCard = memo(function KeyCard({ keyRecord, columns, names, chosen, onChoose }: CardProps) {
  const { say } = useWords()
  const config = useConfig()
  const onRowClick = useRowClick()
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the card is what the keyboard uses.
    <li className={classes['card']} onClick={(event) => onRowClick(event, keyRecord.id)}>
      <div className={classes['cardHead']}>
        {chosen !== null && (
          <Checkbox
            aria-label={say('keys.select.one', { name: titleOf(keyRecord) })}
            checked={chosen}
            onChange={(event) => onChoose?.(keyRecord.id, event.currentTarget.checked)}
          />
        )}
        <KeyLink keyRecord={keyRecord} {...(columns.includes('name') ? {} : { text: keyRecord.masked })} />
        <KeyMenu keyRecord={keyRecord} />
      </div>
      <dl className={classes['facts']}>
        {columns
          .filter((column) => column !== 'name')
          .map((column) => (
            <div key={column}>
              <dt>{columnLabel(column, config, say)}</dt>
              <dd>
                <KeyCell column={column} keyRecord={keyRecord} names={names} />
              </dd>
            </div>
          ))}
      </dl>
    </li>
  )
})

const skeletons = ['a', 'b', 'c']

/** The keys as cards, where a table would be wider than the screen. */
export const KeyCards = memo(function KeyCards({
  keys,
  columns,
  names,
  choosing,
}: {
  readonly keys: readonly Key[] | undefined
  readonly columns: readonly ColumnId[]
  readonly names: Names
  readonly choosing: Choosing | null
}) {
  const { say } = useWords()
  if (keys === undefined) return skeletons.map((card) => <Skeleton key={card} height={132} radius="lg" />)
  return (
    <Paper>
      <ul className={classes['cards']} aria-label={say('keys.region')}>
        {keys.map((key) => (
          <KeyCard
            key={key.id}
            keyRecord={key}
            columns={columns}
            names={names}
            chosen={choosing === null ? null : choosing.isChosen(key.id)}
            onChoose={choosing?.onChoose}
          />
        ))}
      </ul>
    </Paper>
  )
})

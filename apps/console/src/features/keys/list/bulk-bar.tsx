import { Button, Paper } from '@mantine/core'
import { lazy, Suspense, useRef, useState } from 'react'
import type { Config } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { Reasoned } from '../../../ui/reasoned.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import classes from './filters.module.css'
import type { BatchAction, BatchFilter } from './run-batch.ts'

const BulkDialog = lazy(() => import('./bulk-dialog.tsx').then(({ BulkDialog }) => ({ default: BulkDialog })))

const batchActions = ['pause', 'revoke', 'delete'] as const satisfies readonly BatchAction[]

/** The actions on many keys that the configuration has and someone may do. */
export const bulkActions = (
  config: Pick<Config, 'actions'>,
  may: (action: BatchAction) => boolean,
): readonly BatchAction[] => batchActions.filter((action) => config.actions[action] !== undefined && may(action))

/** What is chosen: keys by their ids, or all that the filters find. */
export type Chosen = { readonly kind: 'ids'; readonly ids: ReadonlySet<string> } | { readonly kind: 'all' }

/** How many keys are chosen and what can be done with them. */
export function BulkBar({
  chosen,
  total,
  filters,
  nameOf,
  onChooseAll,
  onDone,
  onFinished,
}: {
  readonly chosen: Chosen
  /** How many keys the filters find, where it is known. */
  readonly total: number | null
  /** Read when an action is chosen. */
  readonly filters: () => readonly BatchFilter[]
  readonly nameOf: (keyId: string) => string | undefined
  readonly onChooseAll: () => void
  readonly onDone: () => void
  /** After a batch: what was chosen is chosen no longer. */
  readonly onFinished: () => void
}) {
  const { say } = useWords()
  const config = useConfig()
  const { may } = useAccount()
  const [open, setOpen] = useState<{ readonly action: BatchAction; readonly filters: readonly BatchFilter[] } | null>(
    null,
  )
  const trigger = useRef<HTMLElement | null>(null)
  const bar = useRef<HTMLElement>(null)
  const count = chosen.kind === 'ids' ? chosen.ids.size : null
  const reason = count === 0 ? say('keys.select.nothing') : null
  const close = (): void => {
    setOpen(null)
    // After a batch nothing is chosen, and the button that opened it is another one that says so.
    requestAnimationFrame(() => (trigger.current?.isConnected === true ? trigger : bar).current?.focus())
  }
  return (
    <Paper
      component="section"
      ref={bar}
      tabIndex={-1}
      aria-label={say('keys.select.bar')}
      className={classes['bar'] ?? ''}
    >
      <span className="figures">
        {count === null
          ? say('keys.select.allChosen')
          : count === 0
            ? say('keys.select.none')
            : say('keys.select.count', { count })}
      </span>
      {chosen.kind === 'ids' && (
        <Button variant="subtle" size="compact-sm" onClick={onChooseAll}>
          {total === null ? say('keys.select.all') : say('keys.select.allCount', { count: total })}
        </Button>
      )}
      <span className={classes['end']} />
      {bulkActions(config, may).map((action) => (
        <Reasoned key={action} reason={reason}>
          <Button
            variant="default"
            size="xs"
            {...(action === 'pause' ? {} : { c: 'var(--mantine-color-error)' })}
            onClick={(event) => {
              trigger.current = event.currentTarget
              setOpen({ action, filters: filters() })
            }}
          >
            {config.actions[action]?.label}
          </Button>
        </Reasoned>
      ))}
      <Button variant="subtle" size="xs" onClick={onDone}>
        {say('keys.select.done')}
      </Button>
      {open !== null && (
        <Suspense fallback={null}>
          <BulkDialog
            action={open.action}
            filters={open.filters}
            nameOf={nameOf}
            onClose={close}
            onFinished={onFinished}
          />
        </Suspense>
      )}
    </Paper>
  )
}

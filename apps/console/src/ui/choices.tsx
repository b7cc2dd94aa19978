import { UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './choices.module.css'

/** One of a few choices. */
interface Choice {
  readonly id: string
  readonly label: ReactNode
  /** Shown after it. */
  readonly count?: string | undefined
}

/** A few choices in a line that wraps, one of them pressed. */
export function Choices({
  label,
  choices,
  chosen,
  onChoose,
  children,
}: {
  readonly label: string
  readonly choices: readonly Choice[]
  readonly chosen: string | null
  readonly onChoose: (id: string) => void
  /** Stands behind the choices. */
  readonly children?: ReactNode
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms, and draws itself as one.
    <div role="group" aria-label={label} className={classes['choices']}>
      {choices.map(({ id, label: words, count }) => (
        <UnstyledButton
          key={id}
          className={classes['choice'] ?? ''}
          aria-pressed={chosen === id}
          onClick={() => onChoose(id)}
        >
          {words}
          {count !== undefined && <span className={classes['count']}> {count}</span>}
        </UnstyledButton>
      ))}
      {children}
    </div>
  )
}

import { Radio } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './choice-cards.module.css'

/** One card of a choice. */
export interface CardChoice {
  readonly id: string
  readonly label: ReactNode
  readonly text?: ReactNode
}

/** One choice among cards that each say what follows from it. */
export function ChoiceCards({
  label,
  description,
  choices,
  chosen,
  onChoose,
  error,
  required = false,
}: {
  readonly label: string
  readonly description?: ReactNode
  readonly choices: readonly CardChoice[]
  readonly chosen: string | null
  readonly onChoose: (id: string) => void
  readonly error?: ReactNode
  readonly required?: boolean
}) {
  return (
    <Radio.Group
      label={label}
      description={description}
      value={chosen}
      onChange={onChoose}
      error={error}
      withAsterisk={required}
      errorProps={{ mt: 6 }}
    >
      <div className={classes['cards']}>
        {choices.map(({ id, label: words, text }) => (
          <Radio.Card key={id} value={id} radius="md" className={classes['card'] ?? ''}>
            <Radio.Indicator size="xs" mt={2} />
            <span className={classes['words']}>
              <span className={classes['label']}>{words}</span>
              {text !== undefined && text !== null && text !== '' && <div className={classes['text']}>{text}</div>}
            </span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  )
}

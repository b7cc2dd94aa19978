import { NativeSelect, Text, TextInput } from '@mantine/core'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { useConfig } from '../../account-context.tsx'
import { dateField, type Expiry, type ExpiryChoices, expiryMs, lastMs } from './expiry.ts'

const dayMs = 86_400_000

const choiceOf = (expiry: Expiry): string => (expiry.kind === 'days' ? `days:${expiry.days}` : expiry.kind)

/** When a key expires: a choice of the configuration, or a day; what that means is said below it. */
export function ExpiryField({
  choices,
  value,
  onChange,
  nowMs,
  bornMs = nowMs,
  error,
}: {
  readonly choices: ExpiryChoices
  readonly value: Expiry
  readonly onChange: (expiry: Expiry) => void
  readonly nowMs: number
  /** When the key's life began. */
  readonly bornMs?: number
  readonly error: string | undefined
}) {
  const { say } = useWords()
  const format = useFormat()
  const { actions } = useConfig()
  const moment = expiryMs(value, nowMs)
  const last = lastMs(choices, bornMs)
  const choose = (chosen: string): void => {
    if (chosen === 'never') onChange({ kind: 'never' })
    else if (chosen === 'date') onChange({ kind: 'date', date: dateField(moment ?? nowMs + 30 * dayMs) })
    else onChange({ kind: 'days', days: Number(chosen.slice('days:'.length)) })
  }
  return (
    <div>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12 }}>
        <NativeSelect
          label={say('createKey.expiry')}
          style={{ flex: '1 1 180px' }}
          value={choiceOf(value)}
          data={[
            ...(choices.never ? [{ value: 'never', label: say('createKey.expiryNever') }] : []),
            ...choices.days.map((days) => ({
              value: `days:${days}`,
              label: say('createKey.expiryDays', { count: days }),
            })),
            ...(value.kind === 'days' && !choices.days.includes(value.days)
              ? [{ value: choiceOf(value), label: say('createKey.expiryDays', { count: value.days }) }]
              : []),
            { value: 'date', label: say('createKey.expiryDate') },
          ]}
          onChange={(event) => choose(event.currentTarget.value)}
          {...(value.kind === 'date' ? {} : { error, 'data-field': 'expiry' })}
        />
        {value.kind === 'date' && (
          <TextInput
            type="date"
            label={say('createKey.expiryDateLabel')}
            style={{ flex: '1 1 180px' }}
            value={value.date}
            min={dateField(nowMs)}
            {...(last === null ? {} : { max: dateField(last) })}
            error={error}
            data-field="expiry"
            onChange={(event) => onChange({ kind: 'date', date: event.currentTarget.value })}
          />
        )}
      </div>
      <Text size="sm" c="dimmed" mt={6} aria-live="polite">
        {moment === null && say(actions.rotate === undefined ? 'createKey.summary.never' : 'createKey.expiresNever')}
        {typeof moment === 'number' && moment > nowMs && say('createKey.expiresOn', { date: format.day(moment) })}
      </Text>
    </div>
  )
}

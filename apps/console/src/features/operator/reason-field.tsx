import { TextInput } from '@mantine/core'
import { useWords } from '../../locales/words.tsx'

/** Why something is done, for the log. */
export function ReasonField({
  value,
  onChange,
}: {
  readonly value: string
  readonly onChange: (reason: string) => void
}) {
  const { say } = useWords()
  return (
    <TextInput
      mt="md"
      label={`${say('operator.reason')} (${say('common.optional')})`}
      description={say('operator.reasonHint')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={500}
      autoComplete="off"
    />
  )
}

/** The body of a change that takes nothing but its reason. */
export const reasonBody = (reason: string): { readonly reason?: string } =>
  reason.trim() === '' ? {} : { reason: reason.trim() }

import { TextInput, type TextInputProps } from '@mantine/core'

/** The six digits of an authenticator, which a phone offers by itself. */
export function CodeField(props: TextInputProps) {
  return (
    <TextInput
      inputMode="numeric"
      autoComplete="one-time-code"
      maxLength={9}
      spellCheck={false}
      classNames={{ input: 'figures' }}
      {...props}
    />
  )
}

import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { useState } from 'react'
import { useWords } from '../../locales/words.tsx'

/** A password that can be shown while it is typed. */
export function PasswordField(props: PasswordInputProps) {
  const { say } = useWords()
  const [visible, setVisible] = useState(false)
  return (
    <PasswordInput
      visible={visible}
      onVisibilityChange={setVisible}
      visibilityToggleButtonProps={{
        'aria-label': say(visible ? 'signIn.hidePassword' : 'signIn.showPassword'),
        tabIndex: 0,
      }}
      {...props}
    />
  )
}

/** A password that is chosen now: its one rule stands with it. */
export function NewPasswordField(props: PasswordInputProps) {
  const { say } = useWords()
  return (
    <PasswordField
      label={say('signIn.newPassword.label')}
      description={say('signIn.newPassword.rules')}
      autoComplete="new-password"
      {...props}
    />
  )
}

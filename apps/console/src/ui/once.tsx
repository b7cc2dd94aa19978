import { Alert, Group, Stack, TextInput } from '@mantine/core'
import { CopyButton } from './copy-button.tsx'

/** A text that is shown this once: selectable, with a way to copy it and the reason why it does not come back. */
export function Once({ label, text, why }: { readonly label: string; readonly text: string; readonly why: string }) {
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="sm" wrap="wrap">
        <TextInput
          label={label}
          value={text}
          readOnly
          style={{ flex: '1 1 260px' }}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={text} data-autofocus />
      </Group>
      <Alert color="yellow">{why}</Alert>
    </Stack>
  )
}

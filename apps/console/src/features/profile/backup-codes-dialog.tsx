import { Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { IconDownload, IconPrinter } from '@tabler/icons-react'
import { useState } from 'react'
import { useWords } from '../../locales/words.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Reasoned } from '../../ui/reasoned.tsx'
import { useConfig } from '../account-context.tsx'
import classes from './backup-codes-dialog.module.css'
import { backupCodesText } from './backup-codes-text.ts'

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

/** Backup codes, shown this once; it closes when the person says that they are kept. */
export function BackupCodesDialog({
  codes,
  email,
  onClose,
}: {
  readonly codes: readonly string[]
  readonly email: string
  readonly onClose: () => void
}) {
  const { say } = useWords()
  const { product } = useConfig()
  const [kept, setKept] = useState(false)
  const title = say('profile.codes.fileTitle', { email, product: product.name })
  const text = backupCodesText(title, say('profile.codes.fileText'), codes)
  return (
    <Dialog opened alert onClose={onClose} title={say('profile.codes.title')} data-backup-codes="">
      <Stack gap="md">
        <Text>{say('profile.codes.text')}</Text>
        <ul className={`${classes['codes']} mono`} aria-label={say('profile.codes.list')}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <Group gap="sm">
          <CopyButton text={codes.join('\n')} label={say('profile.codes.copy')} variant="default" data-autofocus />
          <Button
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            onClick={() => download(say('profile.codes.fileName'), text)}
          >
            {say('profile.codes.download')}
          </Button>
          <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => print()}>
            {say('profile.codes.print')}
          </Button>
        </Group>
        <Checkbox
          checked={kept}
          onChange={({ currentTarget }) => setKept(currentTarget.checked)}
          label={say('profile.codes.kept')}
        />
        <Group justify="flex-end">
          <Reasoned reason={kept ? null : say('profile.codes.keptFirst')}>
            <Button onClick={onClose}>{say('profile.codes.done')}</Button>
          </Reasoned>
        </Group>
      </Stack>
    </Dialog>
  )
}

import { Button, Group, Stack, Tabs } from '@mantine/core'
import { IconCheck, IconDownload } from '@tabler/icons-react'
import { useState } from 'react'
import type { CreatedKey } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { useConfig } from '../../account-context.tsx'
import classes from './shown-once.module.css'
import { envLine, requestExample, variableName } from './snippets.ts'

/** A new key as a line of a `.env` file and as a request to run. */
export function WaysToUse({
  created,
  secret,
  isShown,
  onTaken,
}: {
  readonly created: CreatedKey
  readonly secret: string
  readonly isShown: boolean
  readonly onTaken: () => void
}) {
  const { say } = useWords()
  const config = useConfig()
  const name = variableName(config.product.name)
  const request = (key: string) =>
    requestExample(key, {
      example: config.types.find(({ id }) => id === created.type)?.example ?? null,
      baseUrl: config.environments.find(({ id }) => id === created.environment)?.baseUrl ?? null,
      acceptedHeaders: config.acceptedHeaders,
    })
  const seen = isShown ? secret : created.masked
  return (
    <Tabs defaultValue="env" keepMounted={false}>
      <Tabs.List aria-label={say('createKey.once.ways')} mb="sm">
        <Tabs.Tab value="env">{say('createKey.once.env')}</Tabs.Tab>
        <Tabs.Tab value="curl">{say('createKey.once.curl')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="env">
        <Stack gap="sm">
          <pre className={classes['code']}>{isShown ? envLine(name, secret) : `${name}=${seen}`}</pre>
          <Group gap="sm">
            <CopyButton
              variant="default"
              text={envLine(name, secret)}
              label={say('createKey.once.copyLine')}
              onCopied={onTaken}
            />
            <Download text={`${envLine(name, secret)}\n`} onDone={onTaken} />
          </Group>
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="curl">
        <Stack gap="sm">
          <pre className={classes['code']}>{request(seen)}</pre>
          <Group gap="sm">
            <CopyButton
              variant="default"
              text={request(secret)}
              label={say('createKey.once.copyRequest')}
              onCopied={onTaken}
            />
          </Group>
        </Stack>
      </Tabs.Panel>
    </Tabs>
  )
}

function Download({ text, onDone }: { readonly text: string; readonly onDone: () => void }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const [done, setDone] = useState(false)
  const download = (): void => {
    const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    const link = document.createElement('a')
    link.href = address
    link.download = '.env'
    link.click()
    // The browser has begun to read it by then; after that the address is worth nothing.
    setTimeout(() => URL.revokeObjectURL(address), 1_000)
    setDone(true)
    announce(say('createKey.once.downloaded'))
    onDone()
  }
  return (
    <Button
      variant="default"
      leftSection={done ? <IconCheck size={16} aria-hidden /> : <IconDownload size={16} aria-hidden />}
      onClick={download}
    >
      {say(done ? 'createKey.once.downloaded' : 'createKey.once.download')}
    </Button>
  )
}

import { Text } from '@mantine/core'
import type { Key } from '../../api/records.ts'
import { useWords } from '../../locales/words.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { useConfig } from '../account-context.tsx'
import { requestExample } from '../keys/create/snippets.ts'
import classes from './key-detail.module.css'
import { Section } from './section.tsx'

const placeholder = 'YOUR_API_KEY'

/** A request that works once the secret stands in it. */
export function ExampleSection({ keyRecord }: { readonly keyRecord: Key }) {
  const { say } = useWords()
  const config = useConfig()
  const request = requestExample(placeholder, {
    example: config.types.find(({ id }) => id === keyRecord.type)?.example ?? null,
    baseUrl: config.environments.find(({ id }) => id === keyRecord.environment)?.baseUrl ?? null,
    acceptedHeaders: config.acceptedHeaders,
  })
  return (
    <Section title={say('keyDetail.example.title')}>
      <Text size="sm" c="dimmed" mb="sm">
        {say('keyDetail.example.text')}
      </Text>
      <pre className={classes['code']}>{request}</pre>
      <CopyButton variant="default" size="xs" text={request} label={say('keyDetail.example.copy')} />
    </Section>
  )
}

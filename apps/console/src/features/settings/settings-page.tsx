import { Stack } from '@mantine/core'
import { useWords } from '../../locales/words.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useConfig } from '../account-context.tsx'
import { AccountFacts } from './account-facts.tsx'
import { NameForm } from './name-form.tsx'

/** The account's own page: its name, facts, and the limits in force. */
export function SettingsPage() {
  const { say } = useWords()
  const { product, words } = useConfig()
  return (
    <Stack gap="xl">
      <div>
        <PageHeader
          title={say('settings.title')}
          product={product.name}
          description={say('settings.description', { account: words.account.one })}
        />
        <NameForm />
      </div>
      <AccountFacts />
    </Stack>
  )
}

import { Anchor, Button, Stack } from '@mantine/core'
import type { KeySummary } from '../../../api/records.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { useConfig } from '../../account-context.tsx'
import { CreateKeyButton } from './create-key-button.tsx'
import classes from './filters.module.css'
import { useMembers } from './use-members.ts'

/** There are no keys yet: what one is, how to make one, and what is done with it. */
export function NoKeysYet({
  summary,
  onOpen,
}: {
  readonly summary: KeySummary | undefined
  readonly onOpen: () => void
}) {
  const { say, language } = useWords()
  const { words, types, defaultType } = useConfig()
  const type = types.find(({ id }) => id === defaultType) ?? types[0]
  return (
    <EmptyState
      title={say('keys.empty.title')}
      action={
        <Stack align="center" gap="md" maw="100%">
          {type !== undefined && type.example !== null && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than its box must be reachable by keyboard.
            <pre className={`mono ${classes['example']}`} tabIndex={0}>
              {type.example}
            </pre>
          )}
          <CreateKeyButton summary={summary} onOpen={onOpen} />
          <Anchor href={`/help?language=${language}`}>{say('keys.empty.help')}</Anchor>
        </Stack>
      }
    >
      {say('keys.empty.text', { account: words.account.one })}
    </EmptyState>
  )
}

/** Nothing fits the filters. */
export function NoMatch({ onClear }: { readonly onClear: () => void }) {
  const { say } = useWords()
  return (
    <EmptyState
      title={say('keys.empty.noMatch')}
      action={
        <Button variant="default" onClick={onClear}>
          {say('keys.filter.clear')}
        </Button>
      }
    >
      {say('keys.empty.noMatchText')}
    </EmptyState>
  )
}

/** There are keys, but none in the states that the list shows by itself. */
export function NoneListed({
  summary,
  onOpen,
}: {
  readonly summary: KeySummary | undefined
  readonly onOpen: () => void
}) {
  const { say } = useWords()
  return (
    <EmptyState title={say('keys.empty.notThese')} action={<CreateKeyButton summary={summary} onOpen={onOpen} />}>
      {say('keys.empty.notTheseText')}
    </EmptyState>
  )
}

/** For a role that does not see keys: who does. Nothing tells whether there are any. */
export function MayNotView() {
  const { say } = useWords()
  const format = useFormat()
  const { roles } = useConfig()
  const { members } = useMembers()
  const able = roles.filter(({ may }) => may.includes('view'))
  const names = members
    .filter(({ role, state }) => state === 'active' && able.some(({ id }) => id === role))
    .flatMap(({ name, email }) => name ?? email ?? [])
  return (
    <EmptyState title={say('keys.empty.forbidden')}>
      {able.length > 0 && say('keys.empty.forbiddenText', { roles: format.list(able.map(({ label }) => label)) })}
      {names.length > 0 && ` ${say('keys.empty.forbiddenNames', { names: format.list(names.slice(0, 5)) })}`}
    </EmptyState>
  )
}

import { Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { sessionQuery } from '../../api/queries.ts'
import type { Person, Session } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { knownLanguages, useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { useConfig } from '../account-context.tsx'
import { RefusalNote } from '../sign-in/refusal-note.tsx'
import { needed, useFields } from '../sign-in/use-fields.ts'
import { browserLanguage } from './browser-language.ts'
import { Section } from './section.tsx'

/** A person's name and language. */
export function YouSection({ session }: { readonly session: Session }) {
  const { say, chooseLanguage } = useWords()
  const { product } = useConfig()
  const announce = useAnnounce()
  const queries = useQueryClient()
  const { person } = session
  const languages = knownLanguages.filter(({ id }) => product.languages.some((tag) => tag.startsWith(id)))
  const fields = useFields({ name: needed(say('profile.you.nameMissing')) }, { name: person.name })
  const save = useMutation({
    mutationFn: (change: { readonly name?: string; readonly language?: string | null }) =>
      api<Person>('/v1/person', { method: 'PATCH', body: change }),
    onSuccess: (saved) => {
      queries.setQueryData(sessionQuery.queryKey, (before) =>
        before === undefined ? before : { ...before, person: saved },
      )
      announce(say('common.saved'))
    },
  })
  const choose = (language: string): void => {
    save.mutate({ language: language === '' ? null : language })
    chooseLanguage(language === '' ? browserLanguage(navigator.languages, languages) : language)
  }
  return (
    <Section title={say('profile.you.title')}>
      <form
        onSubmit={fields.submit(({ name }) => save.mutate({ name: name.trim() }))}
        noValidate
        style={{ width: '100%' }}
      >
        <Stack gap="md" align="flex-start">
          <RefusalNote error={save.error} />
          <TextInput
            {...fields.field('name', save.error)}
            label={say('profile.you.name')}
            autoComplete="name"
            maxLength={100}
            w="100%"
            inputContainer={(input) => (
              <Group gap="sm" wrap="nowrap">
                <div style={{ flex: 1, minWidth: 0 }}>{input}</div>
                <BusyButton type="submit" variant="default" busy={save.isPending}>
                  {say('common.save')}
                </BusyButton>
              </Group>
            )}
          />
        </Stack>
      </form>
      <TextInput
        label={say('profile.you.email')}
        description={say('profile.you.emailHint')}
        value={person.email}
        readOnly
        w="100%"
      />
      {languages.length > 1 && (
        <NativeSelect
          label={say('profile.you.language')}
          description={say('profile.you.languageHint')}
          value={person.language ?? ''}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
          data={[
            { value: '', label: say('profile.you.browserLanguage') },
            ...languages.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          w="100%"
        />
      )}
      {session.operator && <Text size="sm">{say('profile.you.operator')}</Text>}
    </Section>
  )
}

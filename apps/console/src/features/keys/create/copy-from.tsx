import { Select, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { accountKey } from '../../../api/queries.ts'
import type { Key, Page } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import { looksSecret } from '../list/pasted-key.ts'

const shownMax = 20
const pauseMs = 250

/** Takes over what an existing key holds; it is looked for by its name. */
export function CopyFrom({ onCopy }: { readonly onCopy: (key: Key) => void }) {
  const { say } = useWords()
  const announce = useAnnounce()
  const config = useConfig()
  const { accountId, acting } = useAccount()
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState<Key | null>(null)
  const [settled] = useDebouncedValue(search, pauseMs)
  // A pasted key must not go into an address.
  const wanted = looksSecret(settled) || settled === chosen?.name ? '' : settled.slice(0, 200)
  const { data } = useQuery({
    queryKey: [...accountKey(accountId, 'keys'), 'templates', wanted],
    queryFn: ({ signal }) =>
      api<Page<Key>>(`/v1/accounts/${segment(accountId)}/keys`, {
        acting,
        signal,
        query: { search: wanted, limit: shownMax },
      }),
  })
  const keys = data?.items ?? []
  const labelOf = (key: Key) => `${key.name ?? say('common.unnamed')} · ${key.masked}`
  const options = (chosen === null || keys.some(({ id }) => id === chosen.id) ? keys : [chosen, ...keys]).map(
    (key) => ({
      value: key.id,
      label: labelOf(key),
    }),
  )
  return (
    <div>
      <Select
        label={say('createKey.copyFrom')}
        description={
          config.environments.length > 0
            ? say('createKey.copyFromHint', { environment: config.words.environment.one })
            : say('createKey.copyFromHintPlain')
        }
        placeholder={say('createKey.copyFromShort')}
        searchable
        clearable={false}
        allowDeselect={false}
        filter={({ options: all }) => all}
        data={options}
        value={chosen?.id ?? null}
        searchValue={search}
        onSearchChange={setSearch}
        nothingFoundMessage={say('createKey.copyFromNone')}
        onChange={(id) => {
          const key = keys.find((each) => each.id === id)
          if (key === undefined) return
          setChosen(key)
          onCopy(key)
          announce(say('createKey.copied', { name: key.name ?? key.masked }))
        }}
      />
      {chosen !== null && (
        <Text size="sm" c="dimmed" mt={6}>
          {say('createKey.copied', { name: chosen.name ?? chosen.masked })}
        </Text>
      )}
    </div>
  )
}

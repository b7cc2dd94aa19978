import { Alert, CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { isProblem } from '../../../api/problem.ts'
import type { Key } from '../../../api/records.ts'
import { api, segment } from '../../../api/request.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAnnounce } from '../../../ui/announcer.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import classes from './filters.module.css'
import { keyTextOf, looksSecret } from './pasted-key.ts'

const debounceMs = 250

/** What became of a key that was pasted. */
export type PasteOutcome = 'looking' | 'absent' | 'failed' | null

/** Looks a pasted key up. Its text goes into the body of one request and nowhere else: no address, cache, state or log holds it. */
function usePastedKey(onOutcome: (outcome: PasteOutcome) => void): (text: string) => Promise<void> {
  const { accountId, acting } = useAccount()
  const navigate = useNavigate()
  return async (text) => {
    onOutcome('looking')
    try {
      const path = `/v1/accounts/${segment(accountId)}/keys/find`
      const { id } = await api<Key>(path, { method: 'POST', acting, body: { secret: keyTextOf(text) } })
      onOutcome(null)
      await navigate({ to: '/accounts/$account/keys/$key', params: { account: accountId, key: id } })
    } catch (error) {
      onOutcome(isProblem(error, 'key_not_found') || isProblem(error, 'invalid_parameters') ? 'absent' : 'failed')
    }
  }
}

/** Searches as one types; a whole key that is pasted is looked up instead. */
export function SearchBox({
  search,
  onSearch,
  onOutcome,
}: {
  readonly search: string
  readonly onSearch: (search: string) => void
  readonly onOutcome: (outcome: PasteOutcome) => void
}) {
  const { say } = useWords()
  const { types } = useConfig()
  const [text, setText] = useState(search)
  const find = usePastedKey(onOutcome)
  const send = useDebouncedCallback((typed: string) => onSearch(typed.trim()), debounceMs)
  // The address may change without typing: back, a removed chip, cleared filters.
  useEffect(() => setText((typed) => (typed.trim() === search ? typed : search)), [search])
  const change = (typed: string): void => {
    if (
      looksSecret(
        typed,
        types.map(({ prefix }) => prefix),
      )
    ) {
      setText(search)
      send.cancel()
      void find(typed)
      return
    }
    onOutcome(null)
    setText(typed)
    send(typed)
  }
  return (
    <TextInput
      type="search"
      aria-label={say('keys.filter.search')}
      placeholder={say('keys.filter.searchShort')}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text === '' ? null : (
          <CloseButton
            size="sm"
            aria-label={say('keys.filter.clearSearch')}
            onClick={() => {
              setText('')
              send.cancel()
              onSearch('')
            }}
          />
        )
      }
      value={text}
      maxLength={300}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => change(event.currentTarget.value)}
      className={classes['search'] ?? ''}
    />
  )
}

/** Says what became of a pasted key. */
export function PasteNote({ outcome, onClose }: { readonly outcome: PasteOutcome; readonly onClose: () => void }) {
  const { say } = useWords()
  const { words } = useConfig()
  const announce = useAnnounce()
  const text =
    outcome === null ? '' : say(`keys.paste.${outcome}`, outcome === 'absent' ? { account: words.account.one } : {})
  useEffect(() => {
    if (text !== '') announce(text)
  }, [text, announce])
  if (outcome === null) return null
  return (
    <Alert
      color="gray"
      withCloseButton={outcome !== 'looking'}
      closeButtonLabel={say('keys.paste.dismiss')}
      onClose={onClose}
    >
      {text}
    </Alert>
  )
}

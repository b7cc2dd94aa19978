import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { useWords } from '../locales/words.tsx'

const pauseMs = 300

/** A field to search by: it tells what is wanted once the typing pauses, and follows what is searched for. */
export function SearchField({
  label,
  value,
  onSearch,
}: {
  readonly label: string
  /** What is searched for; empty: nothing. */
  readonly value: string
  readonly onSearch: (wanted: string) => void
}) {
  const { say } = useWords()
  const [text, setText] = useState(value)
  const told = useRef(value)
  const tell = useDebouncedCallback((wanted: string) => {
    told.current = wanted
    onSearch(wanted)
  }, pauseMs)
  // An address that changed by another way, such as the browser's back, is what the field shows.
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])
  const change = (wanted: string) => {
    setText(wanted)
    tell(wanted.trim())
  }
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text === '' ? null : (
          <CloseButton size="sm" aria-label={say('keys.filter.clearSearch')} onClick={() => change('')} />
        )
      }
      autoComplete="off"
      maxLength={200}
      style={{ flex: '1 1 220px', maxWidth: 420 }}
    />
  )
}

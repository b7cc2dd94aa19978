import { Button } from '@mantine/core'
import { useRef } from 'react'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import type { KeysSearch } from '../keys-search.ts'
import classes from './filters.module.css'
import { changed, pageKeys } from './keys-query.ts'

/** Which keys of how many are shown, and the way to the pages before and after. */
export function Pager({
  search,
  shown,
  total,
  nextCursor,
  onSearch,
}: {
  readonly search: KeysSearch
  readonly shown: number
  /** `null`: not known. */
  readonly total: number | null
  readonly nextCursor: string | null
  readonly onSearch: (search: KeysSearch) => void
}) {
  const { say } = useWords()
  const format = useFormat()
  const page = search.page ?? 1
  // Where the pages that were turned began; one that is not known leads back to the first.
  const cursors = useRef(new Map<number, string | undefined>())
  cursors.current.set(page, search.cursor)
  const to = (target: number, cursor: string | undefined): void =>
    onSearch({ ...changed(search, {}), ...(cursor === undefined ? {} : { cursor, page: target }) })
  const from = (page - 1) * pageKeys + 1
  if (page === 1 && nextCursor === null) return null
  return (
    <nav className={classes['line']} aria-label={say('keys.pages')}>
      <span className="figures">
        {total === null
          ? say('keys.page', { page })
          : say('keys.range', { from, to: from + shown - 1, total: format.number(Math.max(total, from + shown - 1)) })}
      </span>
      <span className={classes['end']} />
      <Button
        variant="default"
        size="xs"
        disabled={page === 1}
        onClick={() => to(page - 1, cursors.current.get(page - 1))}
      >
        {say('keys.previous')}
      </Button>
      <Button
        variant="default"
        size="xs"
        disabled={nextCursor === null}
        onClick={() => to(page + 1, nextCursor ?? undefined)}
      >
        {say('keys.next')}
      </Button>
    </nav>
  )
}

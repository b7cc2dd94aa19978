import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Key } from '../../../api/records.ts'
import type { Chosen } from './bulk-bar.tsx'
import type { Choosing } from './keys-table.tsx'

const nothing: Chosen = { kind: 'ids', ids: new Set() }

/** Which keys are chosen for a change of many. What is chosen stays when a page is turned, and is forgotten when the filters change. */
export function useChosen(keys: readonly Key[] | undefined, filters: string) {
  const [selecting, setSelecting] = useState(false)
  const [chosen, setChosen] = useState<Chosen>(nothing)
  // biome-ignore lint/correctness/useExhaustiveDependencies: other filters find other keys.
  useEffect(() => setChosen(nothing), [filters])
  const onChoose = useCallback(
    (keyId: string, on: boolean) =>
      setChosen((before) => {
        // Out of all that match, single ones cannot be taken: what is on the page is chosen instead.
        const ids = new Set(before.kind === 'ids' ? before.ids : (keys ?? []).map(({ id }) => id))
        if (on) ids.add(keyId)
        else ids.delete(keyId)
        return { kind: 'ids', ids }
      }),
    [keys],
  )
  const onChoosePage = useCallback(
    (on: boolean) =>
      setChosen((before) => {
        const ids = new Set(before.kind === 'ids' ? before.ids : [])
        for (const { id } of keys ?? []) {
          if (on) ids.add(id)
          else ids.delete(id)
        }
        return { kind: 'ids', ids }
      }),
    [keys],
  )
  const choosing = useMemo<Choosing | null>(
    () =>
      selecting
        ? { isChosen: (keyId) => chosen.kind === 'all' || chosen.ids.has(keyId), onChoose, onChoosePage }
        : null,
    [selecting, chosen, onChoose, onChoosePage],
  )
  return {
    chosen,
    choosing,
    start: () => setSelecting(true),
    chooseAll: () => setChosen({ kind: 'all' }),
    forget: () => setChosen(nothing),
    end: () => {
      setSelecting(false)
      setChosen(nothing)
    },
  }
}

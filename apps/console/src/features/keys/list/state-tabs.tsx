import type { KeyState } from '@keywright/core'
import type { KeySummary } from '../../../api/records.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'
import { Choices } from '../../../ui/choices.tsx'
import { useConfig } from '../../account-context.tsx'
import type { KeysSearch } from '../keys-search.ts'
import { activeFilters, statesOf } from './keys-query.ts'
import { shownStates } from './shown-states.ts'

const all = 'all'
/** Chooses a state; where nothing else is chosen, with how many keys are in it. */
export function StateTabs({
  search,
  summary,
  onState,
}: {
  readonly search: KeysSearch
  readonly summary: KeySummary | undefined
  readonly onState: (state: string | undefined) => void
}) {
  const { say } = useWords()
  const config = useConfig()
  const format = useFormat()
  const { listedStates, stateLabels } = config.display
  const counted = activeFilters(search).every((name) => name === 'state')
  const chosen = search.state === undefined ? [] : statesOf(search, config)
  const states = shownStates(config, summary?.states, chosen)
  if (states.length <= 1 && search.state === undefined) return null
  const count = (of: readonly KeyState[]): string | undefined =>
    counted && summary !== undefined
      ? format.number(of.reduce((sum, state) => sum + summary.states[state], 0))
      : undefined
  // A single listed state is the whole list.
  const first = listedStates.length > 1 ? [{ id: all, label: say('common.all'), count: count(listedStates) }] : []
  const only = listedStates.length === 1 ? listedStates[0] : undefined
  return (
    <Choices
      label={say('keys.filter.states')}
      choices={[...first, ...states.map((state) => ({ id: state, label: stateLabels[state], count: count([state]) }))]}
      chosen={chosen.length === 0 ? (only ?? all) : chosen.length === 1 ? (chosen[0] ?? null) : null}
      onChoose={(id) => onState(id === all || id === only ? undefined : id)}
    />
  )
}

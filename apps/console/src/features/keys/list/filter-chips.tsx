import { Button, Group } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { Config } from '../../../api/records.ts'
import { type Say, useWords } from '../../../locales/words.tsx'
import { useConfig } from '../../account-context.tsx'
import { verbWord } from '../grant/grant-words.ts'
import type { KeysSearch } from '../keys-search.ts'
import classes from './filters.module.css'
import { columnLabel } from './key-columns.tsx'
import { activeFilters, changed, cleared, type FilterName, statesOf } from './keys-query.ts'
import { useMembers } from './use-members.ts'

interface Meaning {
  readonly config: Config
  readonly say: Say
  readonly nameOf: (memberId: string) => string | undefined
}

function ownerText(owner: string, { say, nameOf }: Meaning): string {
  if (owner === 'me') return say('keys.you')
  if (owner === 'none') return say('keys.serviceKey')
  return nameOf(owner) ?? owner
}

function canText(permission: string, { config, say }: Meaning): string {
  const [resource = permission, verb = ''] = permission.split('.')
  const label = config.resources.find(({ id }) => id === resource)?.label ?? resource
  return say('keys.chip.can', { verb: verbWord(verb, say), resource: label })
}

/** What a filter that is on says. */
function chipText(name: FilterName, search: KeysSearch, meaning: Meaning): string {
  const { config, say } = meaning
  const value = String(search[name])
  if (name === 'search') return say('keys.chip.search', { value })
  if (name === 'state')
    return statesOf(search, config)
      .map((state) => config.display.stateLabels[state])
      .join(', ')
  if (name === 'environment')
    return `${columnLabel('environment', config, say)}: ${config.environments.find(({ id }) => id === value)?.label ?? value}`
  if (name === 'type')
    return `${columnLabel('type', config, say)}: ${config.types.find(({ id }) => id === value)?.label ?? value}`
  if (name === 'owner') return say('keys.chip.owner', { value: ownerText(value, meaning) })
  if (name === 'permission') return canText(value, meaning)
  if (name === 'unused') return say('keys.chip.unused', { count: Number(value) })
  if (name === 'expiring') return say('keys.filter.expiring', { count: Number(value) })
  return say(`keys.filter.${name}`)
}

/** The filters that are on, each with a way to remove it, and one to remove them all. */
export function FilterChips({
  search,
  onSearch,
}: {
  readonly search: KeysSearch
  readonly onSearch: (search: KeysSearch) => void
}) {
  const { say } = useWords()
  const config = useConfig()
  const { nameOf } = useMembers()
  const names = activeFilters(search)
  // What is chosen in plain sight needs no chip of its own.
  const chips = names.filter((name) => name !== 'state' && name !== 'environment' && name !== 'search')
  if (names.length === 0) return null
  return (
    <Group gap={6}>
      {chips.length > 0 && (
        <ul className={classes['chips']} aria-label={say('keys.filter.active')}>
          {chips.map((name) => {
            const text = chipText(name, search, { config, say, nameOf })
            return (
              <li key={name}>
                <Button
                  size="compact-sm"
                  variant="default"
                  fw={400}
                  rightSection={<IconX size={12} aria-hidden />}
                  aria-label={say('keys.filter.remove', { filter: text })}
                  onClick={() => onSearch(changed(search, { [name]: undefined }))}
                >
                  {text}
                </Button>
              </li>
            )
          })}
        </ul>
      )}
      <Button size="compact-sm" variant="subtle" onClick={() => onSearch(cleared(search))}>
        {say('keys.filter.clear')}
      </Button>
    </Group>
  )
}

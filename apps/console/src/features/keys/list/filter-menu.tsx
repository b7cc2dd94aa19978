import { Button, Checkbox, NativeSelect, Popover, Stack } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import type { Config } from '../../../api/records.ts'
import { type Say, useWords } from '../../../locales/words.tsx'
import { useAccount, useConfig } from '../../account-context.tsx'
import { verbWord } from '../grant/grant-words.ts'
import type { KeysSearch } from '../keys-search.ts'
import { columnLabel } from './key-columns.tsx'
import { activeFilters, type FilterName } from './keys-query.ts'
import { mayExpire } from './may-expire.ts'
import { useMembers } from './use-members.ts'

/** What a filter changes of the search. */
type Change = { readonly [Name in keyof KeysSearch]?: KeysSearch[Name] | undefined }

interface Props {
  readonly search: KeysSearch
  readonly onChange: (change: Change) => void
}

type Flag = 'due' | 'rotating' | 'noExpiry' | 'unrestricted'

const expiringDays = 7
const unusedChoices = [30, 90] as const
const inMenu = ['type', 'owner', 'permission', 'unused', 'expiring', 'due', 'rotating', 'noExpiry', 'unrestricted']

/** The filters that mean something under a configuration. */
const flagsOf = (config: Config): readonly Flag[] => [
  ...(config.rotation.dueAfterDays === null ? [] : (['due'] as const)),
  ...(config.actions.rotate === undefined ? [] : (['rotating'] as const)),
  ...(mayExpire(config) ? (['noExpiry'] as const) : []),
  ...(config.grants.unrestricted === 'absent' ? [] : (['unrestricted'] as const)),
]

function OwnerSelect({ search, onChange }: Props) {
  const { say } = useWords()
  const { memberId } = useAccount()
  const { members } = useMembers()
  return (
    <NativeSelect
      label={say('keys.column.owner')}
      value={search.owner ?? ''}
      onChange={({ currentTarget: { value } }) => onChange({ owner: value === '' ? undefined : value })}
    >
      <option value="">{say('keys.filter.any')}</option>
      {memberId !== null && <option value="me">{say('keys.filter.mine')}</option>}
      <option value="none">{say('keys.serviceKey')}</option>
      {members
        .filter(({ id }) => id !== memberId)
        .map(({ id, name, email, externalId }) => (
          <option key={id} value={id}>
            {name ?? email ?? externalId ?? id}
          </option>
        ))}
    </NativeSelect>
  )
}

function PermissionSelect({ search, onChange }: Props) {
  const { say } = useWords()
  const { resources } = useConfig()
  return (
    <NativeSelect
      label={say('keys.filter.can')}
      value={search.permission ?? ''}
      onChange={({ currentTarget: { value } }) => onChange({ permission: value === '' ? undefined : value })}
    >
      <option value="">{say('keys.filter.any')}</option>
      {resources.map(({ id, label, verbs }) => (
        <optgroup key={id} label={label}>
          {verbs.map((verb) => (
            <option key={verb} value={`${id}.${verb}`}>
              {label}: {verbWord(verb, say)}
            </option>
          ))}
        </optgroup>
      ))}
    </NativeSelect>
  )
}

const unusedLabel = (days: number, say: Say): string => say('keys.filter.days', { count: days })

function MoreFilters({ search, onChange }: Props) {
  const { say } = useWords()
  const config = useConfig()
  const { types, resources } = config
  return (
    <Stack gap="sm">
      {types.length > 1 && (
        <NativeSelect
          label={columnLabel('type', config, say)}
          value={search.type ?? ''}
          onChange={({ currentTarget: { value } }) => onChange({ type: value === '' ? undefined : value })}
        >
          <option value="">{say('keys.filter.any')}</option>
          {types.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </NativeSelect>
      )}
      <OwnerSelect search={search} onChange={onChange} />
      {resources.length > 0 && <PermissionSelect search={search} onChange={onChange} />}
      <NativeSelect
        label={say('keys.filter.unused')}
        value={search.unused ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onChange(value === '' ? { unused: undefined } : { unused: Number(value), state: 'active' })
        }
      >
        <option value="">{say('keys.filter.any')}</option>
        {[...new Set([...unusedChoices, ...(search.unused === undefined ? [] : [search.unused])])].map((days) => (
          <option key={days} value={days}>
            {unusedLabel(days, say)}
          </option>
        ))}
      </NativeSelect>
      <Checkbox
        label={say('keys.filter.expiring', { count: search.expiring ?? expiringDays })}
        checked={search.expiring !== undefined}
        onChange={({ currentTarget: { checked } }) =>
          onChange(checked ? { expiring: expiringDays, state: 'active' } : { expiring: undefined })
        }
      />
      {flagsOf(config).map((flag) => (
        <Checkbox
          key={flag}
          label={say(`keys.filter.${flag}`)}
          checked={search[flag] === true}
          onChange={({ currentTarget: { checked } }) => onChange({ [flag]: checked ? true : undefined })}
        />
      ))}
    </Stack>
  )
}

/** The filters that are not used every day, behind one button. */
export function FilterMenu({ search, onChange }: Props) {
  const { say } = useWords()
  const count = activeFilters(search).filter((name: FilterName) => inMenu.includes(name)).length
  return (
    <Popover position="bottom-start" width={300} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconFilter size={16} aria-hidden />}>
          {say('keys.filter.menu')}
          {count > 0 && ` · ${count}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <MoreFilters search={search} onChange={onChange} />
      </Popover.Dropdown>
    </Popover>
  )
}

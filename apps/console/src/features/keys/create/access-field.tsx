import { Alert, Input, Skeleton, Stack, Switch, Text } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { Config } from '../../../api/records.ts'
import { useWords } from '../../../locales/words.tsx'
import type { GrantModel } from '../grant/grant-model.ts'
import { ChoiceCards } from './choice-cards.tsx'
import { type AccessChoice, accessKinds } from './draft.ts'

const PermissionMatrix = lazy(() =>
  import('../grant/permission-matrix.tsx').then(({ PermissionMatrix }) => ({ default: PermissionMatrix })),
)

const idOf = (access: AccessChoice): string | null => {
  if (access === null) return null
  return access.kind === 'preset' ? `preset:${access.id}` : access.kind
}

const accessOf = (id: string): AccessChoice =>
  id.startsWith('preset:')
    ? { kind: 'preset', id: id.slice('preset:'.length) }
    : { kind: id as 'unrestricted' | 'custom' }

interface Chosen {
  readonly access: AccessChoice
  readonly model: GrantModel
}

/** What a key may do: a preset, everything, or a level of each resource, as far as the configuration offers it. */
export function AccessField({
  config,
  value,
  onChange,
  error,
}: {
  readonly config: Config
  readonly value: Chosen
  readonly onChange: (change: Partial<Chosen>) => void
  readonly error: string | undefined
}) {
  const kinds = accessKinds(config)
  const { access, model } = value
  const isToggle = config.presets.length === 0 && kinds.unrestricted && kinds.custom
  return (
    <Stack gap="sm" data-field="access">
      {isToggle ? (
        <Restrict config={config} access={access} onChange={(next) => onChange({ access: next })} />
      ) : (
        <AccessCards config={config} access={access} onChange={(next) => onChange({ access: next })} error={error} />
      )}
      {isUnrestricted(access, config) && config.grants.unrestricted === 'discouraged' && (
        <Alert color="yellow">{config.grants.advice}</Alert>
      )}
      {access?.kind === 'custom' && (
        <>
          <Suspense fallback={<Skeleton height={200} />}>
            <PermissionMatrix model={model} onChange={(next) => onChange({ model: next })} />
          </Suspense>
          {isToggle || (config.presets.length === 0 && !kinds.unrestricted) ? <Input.Error>{error}</Input.Error> : null}
        </>
      )}
    </Stack>
  )
}

const isUnrestricted = (access: AccessChoice, config: Config): boolean =>
  access?.kind === 'unrestricted' ||
  (access?.kind === 'preset' && config.presets.find(({ id }) => id === access.id)?.grant === 'unrestricted')

function Restrict({
  config,
  access,
  onChange,
}: {
  readonly config: Config
  readonly access: AccessChoice
  readonly onChange: (access: AccessChoice) => void
}) {
  const { say } = useWords()
  return (
    <div>
      <Text fw={500} size="sm" mb={6} component="div">
        {say('createKey.access')}
      </Text>
      <Switch
        label={say('createKey.restrict')}
        description={
          access?.kind === 'custom'
            ? config.grants.editable
              ? null
              : config.grants.notEditable
            : say('createKey.unrestrictedText')
        }
        checked={access?.kind === 'custom'}
        onChange={(event) => onChange(event.currentTarget.checked ? { kind: 'custom' } : { kind: 'unrestricted' })}
      />
    </div>
  )
}

function AccessCards({
  config,
  access,
  onChange,
  error,
}: {
  readonly config: Config
  readonly access: AccessChoice
  readonly onChange: (access: AccessChoice) => void
  readonly error: string | undefined
}) {
  const { say } = useWords()
  const kinds = accessKinds(config)
  const choices = [
    ...config.presets.map(({ id, label, description }) => ({ id: `preset:${id}`, label, text: description })),
    ...(kinds.unrestricted
      ? [{ id: 'unrestricted', label: say('createKey.unrestricted'), text: say('createKey.unrestrictedText') }]
      : []),
    ...(kinds.custom ? [{ id: 'custom', label: say('createKey.custom'), text: say('createKey.customText') }] : []),
  ]
  if (choices.length === 1 && choices[0]?.id === 'custom')
    return (
      <Text fw={500} size="sm">
        {say('createKey.access')}
      </Text>
    )
  return (
    <ChoiceCards
      label={say('createKey.access')}
      description={config.grants.editable ? null : config.grants.notEditable}
      choices={choices}
      chosen={idOf(access)}
      onChoose={(id) => onChange(accessOf(id))}
      error={error}
      required
    />
  )
}

import { Collapse, Stack, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'
import type { Config } from '../../../api/records.ts'
import { capitalized } from '../../../locales/capitalized.ts'
import { useWords } from '../../../locales/words.tsx'
import { useAccount } from '../../account-context.tsx'
import { AccessField } from './access-field.tsx'
import { ChoiceCards } from './choice-cards.tsx'
import { CopyFrom } from './copy-from.tsx'
import { choosesAccess, copiedFrom, type Draft } from './draft.ts'
import { expiryChoices } from './expiry.ts'
import { ExpiryField } from './expiry-field.tsx'
import { NameFields } from './name-fields.tsx'
import { NetworksField } from './networks-field.tsx'

/** What is wrong, in words, by field. */
export type FieldErrors = Partial<Record<keyof Draft, string>>

interface FormProps {
  readonly config: Config
  readonly draft: Draft
  readonly onChange: (change: Partial<Draft>) => void
  readonly errors: FieldErrors
  readonly nowMs: number
}

/** Everything that is asked when a key is made, as far as the configuration leaves it to choose. */
export function CreateKeyForm({ config, draft, onChange, errors, nowMs }: FormProps) {
  const { say } = useWords()
  const choices = expiryChoices(config)
  return (
    <Stack gap="lg">
      {config.types.length > 1 && (
        <div data-field="type">
          <ChoiceCards
            label={say('createKey.type', { type: config.words.type.one })}
            choices={config.types.map(({ id, label, description }) => ({ id, label, text: description }))}
            chosen={draft.type}
            onChoose={(id) => onChange({ type: id })}
            error={errors.type}
            required
          />
        </div>
      )}
      <NameFields config={config} values={draft} onChange={onChange} errors={errors} focus />
      {config.environments.length > 0 && (
        <div data-field="environment">
          <ChoiceCards
            label={capitalized(config.words.environment.one)}
            description={say('createKey.environmentFinal', { environment: config.words.environment.one })}
            choices={config.environments.map(({ id, label, description }) => ({ id, label, text: description }))}
            chosen={draft.environment}
            onChoose={(id) => onChange({ environment: id })}
            error={errors.environment}
            required
          />
        </div>
      )}
      {choosesAccess(draft, config) && (
        <AccessField config={config} value={draft} onChange={onChange} error={errors.access} />
      )}
      {choices !== null && (
        <ExpiryField
          choices={choices}
          value={draft.expiry}
          onChange={(expiry) => onChange({ expiry })}
          nowMs={nowMs}
          error={errors.expiry}
        />
      )}
      <More config={config} draft={draft} onChange={onChange} errors={errors} nowMs={nowMs} />
    </Stack>
  )
}

function More({ config, draft, onChange, errors }: FormProps) {
  const { say } = useWords()
  const { account, memberId, may } = useAccount()
  const [opened, setOpened] = useState(false)
  const shown = opened || errors.networks !== undefined || errors.owner !== undefined
  const Icon = shown ? IconChevronDown : IconChevronRight
  const values = { account: config.words.account.one, name: account.name }
  return (
    <div>
      <UnstyledButton
        aria-expanded={shown}
        onClick={() => setOpened(!shown)}
        style={{ display: 'inline-flex', alignItems: 'center', gap: 6, minHeight: 28, fontWeight: 500 }}
      >
        <Icon size={16} aria-hidden />
        {say('createKey.more')}
      </UnstyledButton>
      <Collapse expanded={shown}>
        <Stack gap="lg" mt="sm">
          {memberId !== null && (
            <ChoiceCards
              label={say('createKey.owner')}
              choices={[
                {
                  id: 'service',
                  label: say('createKey.ownerService'),
                  text: say('createKey.ownerServiceText', values),
                },
                { id: 'me', label: say('createKey.ownerMe'), text: say('createKey.ownerMeText', values) },
              ]}
              chosen={draft.owner}
              onChoose={(owner) => onChange({ owner: owner === 'me' ? 'me' : 'service' })}
              error={errors.owner}
            />
          )}
          <NetworksField
            value={draft.networks}
            onChange={(networks) => onChange({ networks })}
            error={errors.networks}
          />
          {may('view') && choosesAccess(draft, config) && (
            <CopyFrom onCopy={(key) => onChange(copiedFrom(draft, key, config))} />
          )}
        </Stack>
      </Collapse>
    </div>
  )
}

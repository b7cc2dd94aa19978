import { Autocomplete, Button, Fieldset, Group, NumberInput, SimpleGrid, TextInput } from '@mantine/core'
import { useWords } from '../../locales/words.tsx'
import type { DraftFault, DraftField, OverrideDraft } from './plan-draft.ts'

/** One limit that is put in force. */
export function OverrideRow({
  number,
  draft,
  names,
  faultAt,
  onChange,
  onRemove,
}: {
  /** Which of the list, from 1. */
  readonly number: number
  readonly draft: OverrideDraft
  /** The names that the plan knows. */
  readonly names: readonly string[]
  readonly faultAt: (field: DraftField) => DraftFault | undefined
  readonly onChange: (draft: OverrideDraft) => void
  readonly onRemove: () => void
}) {
  const { say } = useWords()
  const { row } = draft
  const errorAt = (field: 'name' | 'limit' | 'windowSeconds' | 'burst' | 'until'): string | undefined => {
    const fault = faultAt(`${row}.${field}`)
    return fault === undefined ? undefined : say(`operator.plan.fault.${fault}`)
  }
  const whole = { allowDecimal: false, allowNegative: false, hideControls: true, min: 1 } as const
  return (
    <Fieldset bg="transparent" legend={say('operator.plan.entry', { count: number })} p="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="sm">
        <Autocomplete
          label={say('operator.plan.limitName')}
          data={[...names]}
          value={draft.name}
          onChange={(name) => onChange({ ...draft, name })}
          error={errorAt('name')}
          classNames={{ input: 'mono' }}
          autoComplete="off"
        />
        <NumberInput
          {...whole}
          label={say('operator.plan.limit')}
          value={draft.limit}
          onChange={(limit) => onChange({ ...draft, limit })}
          error={errorAt('limit')}
        />
        <NumberInput
          {...whole}
          label={say('operator.plan.window')}
          value={draft.windowSeconds}
          onChange={(windowSeconds) => onChange({ ...draft, windowSeconds })}
          error={errorAt('windowSeconds')}
        />
        <NumberInput
          {...whole}
          label={`${say('operator.plan.burst')} (${say('common.optional')})`}
          description={say('operator.plan.burstHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={draft.burst}
          onChange={(burst) => onChange({ ...draft, burst })}
          error={errorAt('burst')}
        />
        <TextInput
          type="datetime-local"
          label={`${say('operator.plan.until')} (${say('common.optional')})`}
          description={say('operator.plan.untilHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={draft.until}
          onChange={(event) => onChange({ ...draft, until: event.currentTarget.value })}
          error={errorAt('until')}
        />
        <Group justify="flex-end" align="flex-end">
          <Button
            variant="default"
            size="xs"
            onClick={onRemove}
            aria-label={say('operator.plan.removeNamed', { count: number })}
          >
            {say('operator.plan.remove')}
          </Button>
        </Group>
      </SimpleGrid>
    </Fieldset>
  )
}

import { NumberInput, Radio, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useWords } from '../../locales/words.tsx'
import type { DraftFault, DraftField, PlanDraft } from './plan-draft.ts'

const caps = ['plan', 'none', 'max'] as const
const labels = { plan: 'operator.plan.capPlan', none: 'operator.plan.capNone', max: 'operator.plan.capMax' } as const

/** How many keys of an account may be active at once: as its plan says, as many as it likes, or a number of its own. */
export function CapChoice({
  draft,
  faultAt,
  onChange,
}: {
  readonly draft: PlanDraft
  readonly faultAt: (field: DraftField) => DraftFault | undefined
  readonly onChange: (draft: PlanDraft) => void
}) {
  const { say } = useWords()
  const errorAt = (field: DraftField): string | undefined => {
    const fault = faultAt(field)
    return fault === undefined ? undefined : say(`operator.plan.fault.${fault}`)
  }
  return (
    <Stack gap="sm">
      <Radio.Group
        label={say('operator.plan.cap')}
        value={draft.cap}
        onChange={(value) => onChange({ ...draft, cap: caps.find((cap) => cap === value) ?? 'plan' })}
      >
        <Stack gap="xs" mt="xs">
          {caps.map((cap) => (
            <Radio key={cap} value={cap} label={say(labels[cap])} />
          ))}
        </Stack>
      </Radio.Group>
      {draft.cap !== 'plan' && (
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          {draft.cap === 'max' && (
            <NumberInput
              label={say('operator.plan.capCount')}
              allowDecimal={false}
              allowNegative={false}
              hideControls
              value={draft.capMax}
              onChange={(capMax) => onChange({ ...draft, capMax })}
              error={errorAt('cap.max')}
            />
          )}
          <TextInput
            type="datetime-local"
            label={`${say('operator.plan.until')} (${say('common.optional')})`}
            description={say('operator.plan.untilHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={draft.capUntil}
            onChange={(event) => onChange({ ...draft, capUntil: event.currentTarget.value })}
            error={errorAt('cap.until')}
          />
        </SimpleGrid>
      )}
    </Stack>
  )
}

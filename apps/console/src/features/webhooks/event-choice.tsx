import { Checkbox, Fieldset, Radio, SimpleGrid, Stack } from '@mantine/core'
import { type Phrase, useWords } from '../../locales/words.tsx'
import { kindsOf } from '../activity/sentence.ts'
import type { WebhookOwner } from './webhook-owner.ts'

/** All events, or those that are ticked, by what they are about. `null`: all. */
export function EventChoice({
  of,
  chosen,
  onChange,
  error,
}: {
  readonly of: WebhookOwner['kind']
  readonly chosen: readonly string[] | null
  readonly onChange: (chosen: readonly string[] | null) => void
  readonly error: string | undefined
}) {
  const { say } = useWords()
  return (
    <Stack gap="sm">
      <Radio.Group
        label={say('webhooks.events')}
        value={chosen === null ? 'all' : 'some'}
        onChange={(value) => onChange(value === 'all' ? null : [])}
        error={error}
      >
        <Stack gap="xs" my="xs">
          <Radio value="all" label={say('webhooks.allEvents')} description={say('webhooks.allEventsHint')} />
          <Radio value="some" label={say('webhooks.chosenEvents')} data-fault={error !== undefined} />
        </Stack>
      </Radio.Group>
      {chosen !== null && (
        <Stack gap="sm">
          {kindsOf(of === 'installation').map(({ group, types }) => (
            <Fieldset key={group} bg="transparent" legend={say(`activity.group.${group}` as Phrase)} p="sm">
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing="xs">
                {types.map((type) => (
                  <Checkbox
                    key={type}
                    label={say(`activity.kinds.${type}`)}
                    checked={chosen.includes(type)}
                    onChange={({ currentTarget }) =>
                      onChange(currentTarget.checked ? [...chosen, type] : chosen.filter((each) => each !== type))
                    }
                  />
                ))}
              </SimpleGrid>
            </Fieldset>
          ))}
        </Stack>
      )}
    </Stack>
  )
}

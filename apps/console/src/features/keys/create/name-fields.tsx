import { nameAdvice } from '@keywright/core'
import { Text, Textarea, TextInput } from '@mantine/core'
import { useDeferredValue, useId } from 'react'
import type { Config } from '../../../api/records.ts'
import { useFormat } from '../../../locales/format.ts'
import { useWords } from '../../../locales/words.tsx'

const nameMax = 200
const descriptionMax = 1_000

interface Values {
  readonly name: string
  readonly description: string
}

/** The name and the description as the configuration wants them; advice on a vague name is shown and refuses nothing. */
export function NameFields({
  config,
  values,
  onChange,
  errors,
  focus = false,
}: {
  readonly config: Pick<Config, 'fields'>
  readonly values: Values
  readonly onChange: (change: Partial<Values>) => void
  readonly errors: { readonly name?: string | undefined; readonly description?: string | undefined }
  readonly focus?: boolean
}) {
  const { say } = useWords()
  const { list } = useFormat()
  const adviceId = useId()
  const { name, description } = config.fields
  const settled = useDeferredValue(values.name)
  const advice = nameAdvice(settled, config)
  const examples = name.advice?.examples ?? []
  const optional = (label: string, presence: string) =>
    presence === 'optional' ? `${label} (${say('common.optional')})` : label
  return (
    <>
      {name.presence !== 'absent' && (
        <div>
          <TextInput
            label={optional(name.label, name.presence)}
            description={name.hint}
            placeholder={examples[0]}
            withAsterisk={name.presence === 'required'}
            value={values.name}
            maxLength={nameMax}
            error={errors.name}
            autoComplete="off"
            data-field="name"
            {...(focus ? { 'data-autofocus': true } : {})}
            onChange={(event) => onChange({ name: event.currentTarget.value })}
          />
          <Text size="sm" c="dimmed" id={adviceId} aria-live="polite" component="div" mt={advice === null ? 0 : 6}>
            {advice !== null && (
              <>
                {typeof advice === 'string' ? advice : ''}
                {examples.length > 0 && ` ${say('createKey.nameExamples', { list: list(examples) })}`}
              </>
            )}
          </Text>
        </div>
      )}
      {description.presence !== 'absent' && (
        <Textarea
          label={optional(description.label, description.presence)}
          description={description.hint}
          withAsterisk={description.presence === 'required'}
          value={values.description}
          maxLength={descriptionMax}
          autosize
          minRows={1}
          maxRows={6}
          error={errors.description}
          data-field="description"
          onChange={(event) => onChange({ description: event.currentTarget.value })}
        />
      )}
    </>
  )
}

import { NativeSelect } from '@mantine/core'
import { type Phrase, useWords } from '../../locales/words.tsx'
import { kindsOf } from './sentence.ts'

/** Chooses which kind of events is shown; `all` offers those of the installation too. */
export function KindSelect({
  type,
  onType,
  all = false,
}: {
  readonly type: string | undefined
  readonly onType: (type: string | undefined) => void
  readonly all?: boolean
}) {
  const { say } = useWords()
  return (
    <NativeSelect
      aria-label={say('activity.kind')}
      value={type ?? ''}
      onChange={({ currentTarget: { value } }) => onType(value === '' ? undefined : value)}
    >
      <option value="">{say('activity.anyKind')}</option>
      {kindsOf(all).map(({ group, types }) => (
        <optgroup key={group} label={say(`activity.group.${group}` as Phrase)}>
          {types.map((each) => (
            <option key={each} value={each}>
              {say(`activity.kinds.${each}`)}
            </option>
          ))}
        </optgroup>
      ))}
    </NativeSelect>
  )
}

import { TagsInput } from '@mantine/core'
import { type Say, useWords } from '../../../locales/words.tsx'
import { type NetworkFault, networksMax } from './networks.ts'

/** What is wrong with a network, and what may be meant. */
export function networkText(fault: NetworkFault, say: Say): string {
  if (fault.kind === 'many') return say('createKey.networkMany', { count: networksMax })
  if (fault.kind === 'bits') return say('createKey.networkBits', { text: fault.text, range: fault.range })
  return say('createKey.networkOdd', { text: fault.text })
}

/** From which networks a key may be used. */
export function NetworksField({
  value,
  onChange,
  error,
}: {
  readonly value: readonly string[]
  readonly onChange: (networks: readonly string[]) => void
  readonly error: string | undefined
}) {
  const { say } = useWords()
  return (
    <TagsInput
      label={say('createKey.networks')}
      description={say('createKey.networksHint')}
      value={[...value]}
      onChange={(networks) => onChange(networks.map((network) => network.trim()))}
      splitChars={[',', ' ', ';']}
      acceptValueOnBlur
      error={error}
      data-field="networks"
    />
  )
}

import { Badge } from '@mantine/core'

/** What a state means: work to do, fine, resting, gone. */
export type Tone = 'good' | 'attention' | 'resting' | 'gone'

const colors: Readonly<Record<Tone, string>> = { good: 'green', attention: 'yellow', resting: 'gray', gone: 'red' }

/** A state as a dot and a word; the dot alone says nothing. */
export function StateBadge({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <Badge
      variant="dot"
      color={colors[tone]}
      c="inherit"
      miw="max-content"
      style={{ borderColor: 'var(--keywright-line)' }}
    >
      {children}
    </Badge>
  )
}

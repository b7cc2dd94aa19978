import { Button, type ButtonProps } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useState } from 'react'
import { useWords } from '../locales/words.tsx'
import { useAnnounce } from './announcer.tsx'

/** Copies a text and says so only once it is in the clipboard; where that is not possible it says what to do. */
export function CopyButton({
  text,
  label,
  onCopied,
  ...rest
}: {
  readonly text: string
  readonly label?: string
  readonly onCopied?: () => void
} & ButtonProps) {
  const { say } = useWords()
  const announce = useAnnounce()
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null)
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('copied')
      announce(say('common.copied'))
      onCopied?.()
    } catch {
      setOutcome('failed')
      announce(say('common.copyFailed'))
    }
  }
  return (
    <>
      <Button
        leftSection={outcome === 'copied' ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
        onClick={() => void copy()}
        {...rest}
      >
        {outcome === 'copied' ? say('common.copied') : (label ?? say('common.copy'))}
      </Button>
      {outcome === 'failed' && <span role="alert">{say('common.copyFailed')}</span>}
    </>
  )
}

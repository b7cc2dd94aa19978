import { Alert } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { ProofDeclined } from '../../ui/proof-declined.ts'
import { useRefusalText } from './refusal-text.ts'

/** A refusal where it happened, read out at once; nothing for what the person declined. */
export function RefusalNote({
  error,
  texts,
}: {
  readonly error: unknown
  /** What some codes mean in this place. */
  readonly texts?: Readonly<Record<string, string>>
}) {
  const refusalText = useRefusalText(texts)
  if (error === null || error === undefined || error instanceof ProofDeclined) return null
  return (
    <Alert color="red.9" icon={<IconAlertTriangle size={18} aria-hidden />} role="alert">
      {refusalText(error)}
    </Alert>
  )
}

import { Alert, Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { ApiProblem } from '../api/problem.ts'
import { useWords } from '../locales/words.tsx'
import { ProofDeclined } from './proof-declined.ts'

/** What happened and what to do, in one or two sentences of the page's language where it knows them, else the server's own. */
export function useProblemText(): (error: unknown) => string {
  const { say } = useWords()
  return (error) => {
    if (!(error instanceof ApiProblem)) return say('problems.crashedText')
    if (error.code === 'unreachable') return say('problems.unreachable')
    if (error.status >= 500) return say('problems.internal', { requestId: error.requestId ?? '—' })
    const parts = [error.message.endsWith('.') ? error.message : `${error.message}.`]
    if (error.detail !== undefined) parts.push(error.detail)
    for (const { detail } of error.errors) if (detail !== error.detail) parts.push(detail)
    if (error.retryAfterSeconds !== undefined) parts.push(say('problems.wait', { count: error.retryAfterSeconds }))
    return parts.join(' ')
  }
}

/** A failure where it happened; nothing for what the person declined. */
export function ErrorNote({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const { say } = useWords()
  const problemText = useProblemText()
  if (error === null || error === undefined || error instanceof ProofDeclined) return null
  return (
    <Alert
      color="red"
      styles={{ title: { color: 'var(--mantine-color-error)' }, icon: { color: 'var(--mantine-color-error)' } }}
      icon={<IconAlertTriangle size={18} aria-hidden />}
      role="alert"
      title={say('problems.title')}
    >
      {problemText(error)}
      {retry !== undefined && (
        <Button variant="default" size="xs" mt="sm" display="block" onClick={retry}>
          {say('common.retry')}
        </Button>
      )}
    </Alert>
  )
}

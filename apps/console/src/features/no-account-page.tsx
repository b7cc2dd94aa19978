import { useSuspenseQuery } from '@tanstack/react-query'
import { sessionQuery } from '../api/queries.ts'
import { useWords } from '../locales/words.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Shell } from '../ui/shell.tsx'
import { useConfig } from './account-context.tsx'

/** For someone who is signed in and belongs nowhere yet. */
export function NoAccountPage() {
  const { say } = useWords()
  const { words } = useConfig()
  const { data: session } = useSuspenseQuery(sessionQuery)
  return (
    <Shell session={session} links={[]}>
      <EmptyState title={say('shell.noAccount', { account: words.account.one })}>
        {say('shell.noAccountText', { email: session.person.email })}
      </EmptyState>
    </Shell>
  )
}

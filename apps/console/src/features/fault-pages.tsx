import { Button, Skeleton, Stack } from '@mantine/core'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { isProblem, isSignedOut } from '../api/problem.ts'
import { useWords } from '../locales/words.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { MainFrame } from '../ui/frame.tsx'
import { PageHeader } from '../ui/page-header.tsx'

/** The layout of a page whose data is on its way. */
export function PendingPage() {
  const { say } = useWords()
  return (
    <MainFrame>
      <h1 className="visually-hidden">{say('common.loading')}</h1>
      <Stack gap="md" aria-busy>
        <Skeleton height={28} width={220} />
        <Skeleton height={44} />
        <Skeleton height={44} />
        <Skeleton height={44} />
      </Stack>
    </MainFrame>
  )
}

/** What is shown at an address that leads nowhere, or to what one may not see: both look the same. */
export function MissingPage() {
  const { say } = useWords()
  return (
    <MainFrame>
      <PageHeader title={say('problems.notFound')} />
      <EmptyState
        title={say('problems.notFound')}
        action={
          <Button component="a" href="/" variant="default">
            {say('common.back')}
          </Button>
        }
      >
        {say('problems.notFoundText')}
      </EmptyState>
    </MainFrame>
  )
}

/** What is shown where a page failed. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  const { say } = useWords()
  // On the way to sign-in already.
  if (isSignedOut(error)) return <PendingPage />
  if (isProblem(error, 'account_not_found') || isProblem(error, 'key_not_found') || isProblem(error, 'route_not_found'))
    return <MissingPage />
  return (
    <MainFrame>
      <PageHeader title={say('problems.crashed')} />
      <ErrorNote error={error} retry={reset} />
    </MainFrame>
  )
}

import { Skeleton, Stack } from '@mantine/core'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { sessionQuery } from '../../api/queries.ts'
import { useWords } from '../../locales/words.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { useConfig } from '../account-context.tsx'
import { factorsQuery } from '../sign-in/factors-query.ts'
import { AuthenticatorSection } from './authenticator-section.tsx'
import { MembershipsSection } from './memberships-section.tsx'
import { PasskeysSection } from './passkeys-section.tsx'
import { PasswordSection } from './password-section.tsx'
import { SessionsSection } from './sessions-section.tsx'
import { YouSection } from './you-section.tsx'

/** A person's own page: who they are, how they prove it, where they are signed in and to what they belong. */
export function ProfilePage() {
  const { say } = useWords()
  const { product } = useConfig()
  const { data: session } = useSuspenseQuery(sessionQuery)
  const { data: factors, error, refetch } = useQuery(factorsQuery)
  return (
    <>
      <PageHeader title={say('profile.title')} product={product.name} />
      <YouSection session={session} />
      {error !== null && factors === undefined && <ErrorNote error={error} retry={() => void refetch()} />}
      {error === null && factors === undefined && (
        <Stack gap="lg" py="lg" aria-busy="true">
          <Skeleton height={72} />
          <Skeleton height={72} />
          <Skeleton height={72} />
        </Stack>
      )}
      {factors !== undefined && (
        <>
          <PasswordSection factors={factors} email={session.person.email} />
          <PasskeysSection factors={factors} />
          <AuthenticatorSection factors={factors} email={session.person.email} />
        </>
      )}
      <SessionsSection />
      <MembershipsSection session={session} />
    </>
  )
}

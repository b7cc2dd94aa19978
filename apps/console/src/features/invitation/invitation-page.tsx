import { queryOptions, useQuery } from '@tanstack/react-query'
import { Suspense } from 'react'
import { isProblem } from '../../api/problem.ts'
import type { InvitationLook } from '../../api/records.ts'
import { api } from '../../api/request.ts'
import { useWords } from '../../locales/words.tsx'
import { CardPage, PendingCardPage } from '../../ui/card-page.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useHashToken } from '../sign-in/hash-token.ts'
import { ClosedInvitation } from './closed-invitation.tsx'
import { OpenInvitation } from './open-invitation.tsx'

// The token is the secret: it goes into the body alone, and the name of what was read says nothing of it.
const lookQuery = (token: string, turn: number) =>
  queryOptions({
    queryKey: ['invitation', turn],
    queryFn: ({ signal }) => api<InvitationLook>('/v1/invitations/look', { method: 'POST', body: { token }, signal }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })

const turns = new Map<string, number>()

/** Tells the links that were opened on this page apart without telling what they are. */
function turnOf(token: string): number {
  const turn = turns.get(token) ?? turns.size
  turns.set(token, turn)
  return turn
}

/** The page that an invitation's link leads to. Its token is out of the address bar before anything is asked. */
export function InvitationPage() {
  const token = useHashToken()
  return (
    <Suspense fallback={<PendingCardPage />}>
      {token === null ? <ClosedInvitation incomplete /> : <Invitation key={token} token={token} />}
    </Suspense>
  )
}

function Invitation({ token }: { readonly token: string }) {
  const { say } = useWords()
  const { data: look, error, refetch } = useQuery(lookQuery(token, turnOf(token)))
  if (look !== undefined) return <OpenInvitation token={token} look={look} />
  if (isProblem(error, 'invitation_closed')) return <ClosedInvitation />
  if (error === null) return <PendingCardPage />
  return (
    <CardPage title={say('invitation.opening')}>
      <ErrorNote error={error} retry={() => void refetch()} />
    </CardPage>
  )
}

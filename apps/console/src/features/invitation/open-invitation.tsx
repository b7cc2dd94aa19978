import { Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { isProblem } from '../../api/problem.ts'
import { sessionQuery } from '../../api/queries.ts'
import type { InvitationLook, Session } from '../../api/records.ts'
import { api, segment } from '../../api/request.ts'
import { useFormat } from '../../locales/format.ts'
import { useWords } from '../../locales/words.tsx'
import { useAnnounce } from '../../ui/announcer.tsx'
import { BusyButton } from '../../ui/busy-button.tsx'
import { CardPage, PendingCardPage } from '../../ui/card-page.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { useConfig } from '../account-context.tsx'
import { forgetHashToken } from '../sign-in/hash-token.ts'
import { RefusalNote } from '../sign-in/refusal-note.tsx'
import { SignInForm } from '../sign-in/sign-in-form.tsx'
import { useEnter } from '../sign-in/use-enter.ts'
import { useFirstField } from '../sign-in/use-first-field.ts'
import { ClosedInvitation } from './closed-invitation.tsx'
import { NewcomerForm } from './newcomer-form.tsx'

const nobody = (error: unknown): boolean =>
  isProblem(error, 'credential_missing') || isProblem(error, 'sign_in_required')

/** Accepts the invitation, and goes to where it leads. */
function useAccept(token: string) {
  const { say } = useWords()
  const announce = useAnnounce()
  const enter = useEnter()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (newcomer: { readonly name: string; readonly password: string } | null) =>
      api<{ readonly account: string | null }>('/v1/invitations/accept', {
        method: 'POST',
        body: { token, ...newcomer },
      }),
    onSuccess: async ({ account }) => {
      forgetHashToken()
      announce(say('invitation.joined'))
      await enter(account === null ? '/operator/accounts' : `/accounts/${segment(account)}/keys`)
    },
    // Who is signed in may not be who was expected: the page then says so.
    onError: () => queries.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  })
}

/** An invitation that can be accepted: by who is signed in, by who signs in now, or by someone new. */
export function OpenInvitation({ token, look }: { readonly token: string; readonly look: InvitationLook }) {
  const { say } = useWords()
  const { product } = useConfig()
  const { data: session, error, isPending, refetch } = useQuery({ ...sessionQuery, retry: false })
  const accept = useAccept(token)
  useFirstField(isPending ? null : (session?.person.id ?? ''))
  if (isPending) return <PendingCardPage />
  if (isProblem(accept.error, 'invitation_closed')) return <ClosedInvitation />
  const title =
    look.account === null
      ? say('invitation.operatorTitle', { product: product.name })
      : say('invitation.title', { account: look.account.name })
  return (
    <CardPage title={title} description={<About look={look} />}>
      <Stack gap="md">
        <RefusalNote error={isProblem(accept.error, 'invitation_for_another') ? null : accept.error} />
        {error !== null && !nobody(error) ? (
          <ErrorNote error={error} retry={() => void refetch()} />
        ) : (
          <WayIn
            look={look}
            session={error === null ? session : undefined}
            problem={accept.error}
            busy={accept.isPending || accept.isSuccess}
            onAccept={(newcomer) => accept.mutate(newcomer)}
          />
        )}
      </Stack>
    </CardPage>
  )
}

function About({ look }: { readonly look: InvitationLook }) {
  const { say } = useWords()
  const { relative } = useFormat()
  const { roles, words } = useConfig()
  const role = roles.find(({ id }) => id === look.role)
  return (
    <Stack gap={4}>
      <span>
        {look.account === null
          ? say('invitation.asOperator', { account: words.account.one })
          : say('invitation.as', { role: role?.label ?? look.role ?? '' })}
        {role?.description === null || role === undefined ? '' : ` ${role.description}`}
      </span>
      <span className="breaks">
        {say('invitation.for', { email: look.email })} {say('invitation.until', { time: relative(look.expiresAt) })}
      </span>
    </Stack>
  )
}

interface WayInProps {
  readonly look: InvitationLook
  /** Who is signed in. */
  readonly session: Session | undefined
  readonly problem: unknown
  readonly busy: boolean
  readonly onAccept: (newcomer: { readonly name: string; readonly password: string } | null) => void
}

function WayIn({ look, session, problem, busy, onAccept }: WayInProps) {
  const { say } = useWords()
  if (session !== undefined && session.person.email.toLowerCase() === look.email.toLowerCase())
    return (
      <>
        <Text size="sm" className="breaks">
          {say('invitation.signedInAs', { email: session.person.email })}
        </Text>
        <BusyButton fullWidth busy={busy} onClick={() => onAccept(null)} data-first-field="">
          {say('invitation.join')}
        </BusyButton>
      </>
    )
  if (session !== undefined) return <Another email={session.person.email} invited={look.email} />
  if (!look.personExists) return <NewcomerForm email={look.email} problem={problem} busy={busy} onSubmit={onAccept} />
  return (
    <>
      <Text>{say('invitation.known')}</Text>
      <SignInForm knownEmail={look.email} onSignedIn={() => onAccept(null)} />
      <Text size="sm" c="dimmed">
        {say('invitation.otherWays')}
      </Text>
    </>
  )
}

function Another({ email, invited }: { readonly email: string; readonly invited: string }) {
  const { say } = useWords()
  const queries = useQueryClient()
  const signOut = useMutation({
    mutationFn: () => api<null>('/v1/session', { method: 'DELETE' }),
    onSuccess: () => queries.resetQueries({ queryKey: sessionQuery.queryKey }),
  })
  return (
    <>
      <Text className="breaks">{say('invitation.another', { email })}</Text>
      <Text size="sm" c="dimmed" className="breaks">
        {say('invitation.anotherText', { email: invited })}
      </Text>
      <RefusalNote error={signOut.error} />
      <BusyButton variant="default" fullWidth busy={signOut.isPending} onClick={() => signOut.mutate()}>
        {say('invitation.signOut')}
      </BusyButton>
    </>
  )
}

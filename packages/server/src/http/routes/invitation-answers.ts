import { isProblem, type Problem, problem } from '@keywright/core'
import * as z from 'zod'
import type { Person, SignedIn } from '../../people/port.ts'
import type { Caller } from '../../storage/ports.ts'
import type { RouteDeps } from '../deps.ts'
import { line, moment, momentOf, password } from '../fields.ts'
import { reply, route } from '../route.ts'
import { countSessionCookies, findSignedIn } from '../session.ts'

const token = z.string().min(1).max(255)

const Invited = z
  .object({
    account: z.object({ id: z.string(), name: z.string() }).nullable().describe('`null`: to become an operator'),
    role: z.string().nullable(),
    email: z.string(),
    personExists: z.boolean().describe('Whoever has the address can sign in already'),
    expiresAt: moment,
  })
  .meta({ id: 'InvitationLook' })

const Acceptance = z.strictObject({ token, name: line(200).optional(), password: password.optional() })

/** The log says which person it was. */
const asPerson = (caller: Caller, { id }: Pick<Person, 'id'>): Caller => ({
  ...caller,
  actor: { kind: 'person', id },
})

type MakingProblem = Problem<'invitation_closed' | 'sign_in_required' | 'invalid_parameters' | 'password_not_allowed'>

/** Makes the person whom an open invitation is for; who exists already signs in instead. */
async function makePerson(
  { people, storage }: RouteDeps,
  caller: Caller,
  given: z.output<typeof Acceptance>,
): Promise<Person | MakingProblem> {
  const invitation = await storage.invitations.look(given.token)
  if (isProblem(invitation)) return invitation
  if ((await people.findByEmail(invitation.email)) !== undefined) return signInFirst()
  const { name, password: chosen } = given
  if (name === undefined || chosen === undefined) {
    const missing = { name, password: chosen }
    const names = Object.entries(missing).flatMap(([field, value]) => (value === undefined ? [field] : []))
    const detail = 'Send it: nobody with the address that was invited can sign in yet.'
    return problem(
      'invalid_parameters',
      undefined,
      names.map((field) => ({ pointer: `#/${field}`, detail })),
    )
  }
  const person = await people.create(caller, { name, email: invitation.email, password: chosen })
  // Of two at once the other one made the person.
  if (isProblem(person) && person.problem === 'person_exists') return signInFirst()
  return person as Person | Problem<'password_not_allowed'>
}

const signInFirst = () =>
  problem('sign_in_required', 'Somebody with this address signs in here already. Sign in first.')

/** The person who is signed in; `undefined`: nobody. */
async function signedInPerson(headers: Headers, deps: RouteDeps): Promise<SignedIn | undefined> {
  if (countSessionCookies(headers) === 0) return undefined
  const found = await findSignedIn(headers, deps)
  return isProblem(found) ? undefined : found
}

/** The routes by which whoever was invited answers. */
export const invitationAnswerRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/invitations/look',
      operationId: 'lookAtInvitation',
      summary: 'Look at an invitation by the token of its link; it stays open',
      tag: 'Invitations',
      permission: 'public',
      body: z.strictObject({ token }),
      returns: Invited,
      problems: ['invitation_closed'],
    },
    async ({ body }, { storage, people }) => {
      const invitation = await storage.invitations.look(body.token)
      if (isProblem(invitation)) return invitation
      const { account, role, email, expiresAtMs } = invitation
      const personExists = (await people.findByEmail(email)) !== undefined
      return { account, role, email, personExists, expiresAt: momentOf(expiresAtMs) }
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/invitations/accept',
      operationId: 'acceptInvitation',
      summary: 'Accept an invitation: as who is signed in, or as a new person with a name and a password',
      tag: 'Invitations',
      permission: 'public',
      body: Acceptance,
      returns: z.object({ account: z.string().nullable() }),
      problems: [
        'invitation_closed',
        'invitation_for_another',
        'sign_in_required',
        'password_not_allowed',
        'invalid_parameters',
      ],
    },
    async ({ caller, visitor, headers, body }, deps) => {
      const { people, storage } = deps
      const signedIn = await signedInPerson(headers, deps)
      const person = signedIn?.person ?? (await makePerson(deps, caller, body))
      if (isProblem(person)) return person
      const accepted = await storage.invitations.accept(asPerson(caller, person), body.token, person)
      if (isProblem(accepted)) return accepted
      const answer = { account: accepted.accountId }
      if (signedIn !== undefined) return answer
      const { setCookies } = await people.signInNew(visitor, person)
      return reply(answer, { setCookies })
    },
  ),
] as const

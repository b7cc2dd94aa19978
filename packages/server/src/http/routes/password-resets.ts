import { isProblem, type Problem } from '@keywright/core'
import * as z from 'zod'
import type { People } from '../../people/port.ts'
import { Secret } from '../../secret.ts'
import type { Caller } from '../../storage/ports.ts'
import type { RouteDeps } from '../deps.ts'
import { email, password } from '../fields.ts'
import { route } from '../route.ts'

/** A link that sets a person's password. Its token stands in the fragment, which no server and no log ever sees. */
export async function makePasswordLink(
  { people, settings }: { readonly people: Pick<People, 'issueReset'>; readonly settings: RouteDeps['settings'] },
  caller: Caller,
  personId: string,
): Promise<{ readonly link: Secret; readonly expiresAtMs: number } | Problem<'person_not_found'>> {
  const issued = await people.issueReset(caller, personId)
  if (isProblem(issued)) return issued
  return { link: new Secret(`${settings.publicUrl}/new-password#${issued.token}`), expiresAtMs: issued.expiresAtMs }
}

async function mailLink(deps: RouteDeps, caller: Caller, address: string): Promise<void> {
  const person = await deps.people.findByEmail(address)
  if (person === undefined || person.suspended) return
  const made = await makePasswordLink(deps, caller, person.id)
  if (!isProblem(made)) await deps.messages.passwordReset(person, made.link, made.expiresAtMs)
}

/** The routes by which people who forgot their password set a new one. */
export const passwordResetRoutes = [
  route(
    {
      method: 'post',
      path: '/v1/password-resets',
      operationId: 'requestPasswordReset',
      summary: 'Ask for a mail with a link that sets a new password',
      description: 'The answer is the same whoever the address belongs to.',
      tag: 'Sign-in',
      permission: 'public',
      body: z.strictObject({ email }),
      returns: z.null(),
      status: 204,
      problems: [],
    },
    async ({ caller, visitor, body }, deps) => {
      if (deps.messages.mail && deps.mailThrottle.takes(body.email, visitor.address))
        deps.afterwards(() => mailLink(deps, caller, body.email))
      return null
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/password-resets/complete',
      operationId: 'completePasswordReset',
      summary: 'Set a new password by such a link; every session ends',
      tag: 'Sign-in',
      permission: 'public',
      body: z.strictObject({ token: z.string().min(1).max(255), password }),
      returns: z.null(),
      status: 204,
      problems: ['reset_closed', 'password_not_allowed', 'too_many_requests'],
    },
    ({ visitor, body }, { people }) => people.completeReset(visitor, body),
  ),
] as const

import { type Problem, problem } from '@keywright/core'
import { type People, proofMs, type SessionRecord, type SignedIn } from '../people/port.ts'
import type { MemberRecord, Storage } from '../storage/ports.ts'
import type { Identity, PersonIdentity } from './actor.ts'
import { idPattern } from './fields.ts'
import { parametersOf, type Route } from './route.ts'
import { notFound } from './route-problems.ts'

/** The cookie of a session; the prefix binds it to this host, to https and to the root. */
export const sessionCookieName = '__Host-keywright_session'

/** The header by which a signed-in person says as whom they act: `operator`, or the id of an account. */
export const actingHeader = 'Keywright-Acting'

/** How many session cookies a request carries; more than one is nobody's. */
export const countSessionCookies = (headers: Headers): number =>
  (headers.get('cookie') ?? '').split(/[;,]/).filter((each) => each.trimStart().startsWith(`${sessionCookieName}=`))
    .length

/** Until when a session counts as proved; `null`: no longer. */
export function provedUntilMs({ provedAtMs }: Pick<SessionRecord, 'provedAtMs'>, nowMs: number): number | null {
  const untilMs = provedAtMs + proofMs
  return untilMs > nowMs ? untilMs : null
}

interface Standing {
  readonly people: Pick<People, 'session'>
  readonly storage: Pick<Storage, 'operators' | 'memberships'>
}

type Refused = Problem<'sign_in_required' | 'credential_ambiguous'>

/** Who is signed in by a request's cookie, from the store at this moment (T10). */
export async function findSignedIn(
  headers: Headers,
  { people }: Pick<Standing, 'people'>,
): Promise<SignedIn | Refused> {
  if (countSessionCookies(headers) > 1) return problem('credential_ambiguous', 'The cookie was sent more than once.')
  const signedIn = await people.session(headers)
  return signedIn === undefined || signedIn.person.suspended ? problem('sign_in_required') : signedIn
}

/** A signed-in person as they themself. */
export const personOf = ({ session, person }: SignedIn): PersonIdentity => ({
  kind: 'person',
  id: person.id,
  sessionId: session.id,
  session,
  person,
})

const memberOf = ({ id, accountId, role }: MemberRecord): Identity => ({ kind: 'member', id, accountId, role })

const forbidden = (detail: string) => problem('forbidden', detail)

/** What who is no member of an account is told about it: the same as about one that does not exist. */
function refuseOutsider({ spec }: Route): Problem {
  const [first = ''] = parametersOf(spec.path)
  if (first === 'account' || first === 'key') return problem(notFound(first))
  return forbidden(`You are no active member of the account that ${actingHeader} names.`)
}

/** As whom a signed-in person acts: as the header says or, where it is absent, as the one that they can only be. */
export async function actingAs(
  route: Route,
  { person }: SignedIn,
  acting: string | null,
  { operators, memberships }: Standing['storage'],
): Promise<Identity | Problem> {
  const operator: Identity = { kind: 'operator', id: person.id }
  if (acting === 'operator')
    return (await operators.isOperator(person.id)) === true ? operator : forbidden('You are not an operator.')
  if (acting !== null) {
    const member = idPattern.test(acting) ? await memberships.in(person.id, acting) : undefined
    return member?.state === 'active' && member.accountId === acting ? memberOf(member) : refuseOutsider(route)
  }
  if ((await operators.isOperator(person.id)) === true) return operator
  const active = (await memberships.of(person.id)).filter(({ member }) => member.state === 'active')
  if (active.length > 1) return forbidden(`You are a member of several accounts: name one in ${actingHeader}.`)
  return active[0] === undefined ? forbidden('You are a member of no account.') : memberOf(active[0].member)
}

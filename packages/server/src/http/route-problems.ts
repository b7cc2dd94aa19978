import type { ProblemCode } from '@keywright/core'
import { parametersOf, type Route } from './route.ts'

/** What every route that is not open to everybody can answer. */
const needed: readonly ProblemCode[] = [
  'credential_missing',
  'credential_ambiguous',
  'invalid_token',
  'forbidden',
  'too_many_requests',
  'unavailable',
  'sign_in_required',
  'cross_site_refused',
]

const notFoundOf: Readonly<Record<string, ProblemCode>> = {
  account: 'account_not_found',
  member: 'member_not_found',
  key: 'key_not_found',
  credential: 'credential_not_found',
  session: 'session_not_found',
  passkey: 'passkey_not_found',
  person: 'person_not_found',
  operator: 'operator_not_found',
  invitation: 'invitation_not_found',
  webhook: 'webhook_not_found',
  delivery: 'delivery_not_found',
}

/** The problem that a parameter of the path answers where nothing has that id. */
export const notFound = (parameter: string): ProblemCode => notFoundOf[parameter] ?? 'route_not_found'

/** Every problem that a route can answer: its own, and what follows from its kind. */
export function problemsOf({ spec }: Route): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>(spec.problems)
  if (spec.permission !== 'public') for (const code of needed) codes.add(code)
  if (spec.permission === 'public' && spec.method !== 'get') codes.add('cross_site_refused')
  if (spec.sensitive) codes.add('reauthentication_required')
  if (spec.permission !== 'public') for (const name of parametersOf(spec.path)) codes.add(notFound(name))
  if ('body' in spec && spec.body !== undefined) {
    for (const code of ['bad_request', 'invalid_parameters', 'body_too_large', 'media_type_unsupported'] as const)
      codes.add(code)
  }
  if ('query' in spec && spec.query !== undefined) codes.add('invalid_parameters')
  if ('ifMatch' in spec && spec.ifMatch)
    for (const code of ['precondition_failed', 'bad_request'] as const) codes.add(code)
  if ('idempotencyKey' in spec && spec.idempotencyKey) {
    for (const code of ['idempotency_mismatch', 'idempotency_in_progress', 'bad_request'] as const) codes.add(code)
  }
  return [...codes.add('internal_error').add('unavailable')]
}

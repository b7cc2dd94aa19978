import type { Json } from './json-schema.ts'
import type { Permission, Route } from './route.ts'
import { sessionCookieName } from './session.ts'

const callersOf = (permission: Permission): string => {
  if (permission === 'public') return 'Open to everybody.'
  if (permission === 'operator') return 'For operators.'
  if (permission === 'verify') return 'For verify and operator credentials.'
  if (permission === 'person') return 'For whoever is signed in, by the session of a browser.'
  if ('key' in permission)
    return `For operators, members whose role may \`${permission.key}\` keys, and managing keys that may, in their own account.`
  if (permission.members === 'view') return 'For operators and members of the account.'
  return permission.members === 'manage'
    ? 'For operators and members whose role manages members.'
    : 'For operators, members whose role manages members, and each member for themself.'
}

const recently = 'Whoever calls by a session proved who they are within the last ten minutes.'

/** Who may call a route, as sentences. */
export const whoMay = ({ permission, sensitive }: Route['spec']): readonly string[] => [
  callersOf(permission),
  ...(sensitive ? [recently] : []),
]

/** How a caller says who it is: programs by a credential, browsers by the cookie of their session. */
export function securityOf({ permission }: Route['spec']): Json[] {
  if (permission === 'public') return []
  return permission === 'person' ? [{ session: [] }] : [{ bearer: [] }, { session: [] }]
}

/** The header by which a session says as whom it acts. */
export const actingParameter: Json = {
  name: 'Keywright-Acting',
  in: 'header',
  description:
    'With a session: as whom the person acts, `operator` or the id of an account. Absent: operator, where the person is one, else their only membership.',
  schema: { type: 'string' },
}

/** The ways to say who calls, for the document as a whole. */
export const securitySchemes: Json = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An operator or verify credential, or a managing key' },
  proxy: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Keywright-Credential',
    description: "A proxy's verify credential; the client's own key stays where the client put it",
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: sessionCookieName,
    description:
      'The session of a browser. Only pages of this server are heard: changes need their `Origin`, and a body is JSON. Where Authorization is sent as well, it counts alone.',
  },
}

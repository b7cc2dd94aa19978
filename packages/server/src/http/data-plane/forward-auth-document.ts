import type { DataPlaneDocument, Json } from '../openapi.ts'
import { forwardAuthPath } from './forward-auth.ts'
import type { identityFieldNames } from './identity-fields.ts'

const field = (description: string): Json => ({ description, schema: { type: 'string' } })

const identity: Readonly<Record<(typeof identityFieldNames)[number], string>> = {
  'X-Auth-Key-Id': 'The id of the key',
  'X-Auth-Account': 'The id of its account',
  'X-Auth-External-Id': "The adopter's own id of the account; empty where there is none",
  'X-Auth-Environment': 'The environment of the key; empty where there are none',
  'X-Auth-Type': 'The type of the key',
  'X-Auth-Permissions':
    '`unrestricted`, or the permissions of the key with spaces between them; of more than 2,048 characters only those that were asked for',
}

const parameter = (name: string, description: string, schema: Json = { type: 'string' }): Json => ({
  name,
  in: 'query',
  description,
  schema,
})

const inHeader = (name: string, description: string): Json => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
})

const refusal = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

/** The door of proxies, as the OpenAPI document shows it. */
export const forwardAuthDocument: DataPlaneDocument = {
  path: forwardAuthPath,
  method: 'get',
  operation: {
    tags: ['Checks'],
    security: [{ proxy: [] }],
    operationId: 'forwardAuth',
    summary: "Check the key of a proxy's client",
    description: [
      'For verify credentials. It answers every method, never reads a body and never redirects. 200 lets the request pass; any other answer is meant for the client as it is.',
      `A proxy that appends its client's path asks at \`${forwardAuthPath}/…\`; the query is the client's there, and what is asked of the key stands in \`X-Keywright-Check\`, written like a query.`,
    ].join('\n\n'),
    parameters: [
      parameter('permission', 'A permission that the key needs; it may be given up to 32 times', {
        type: 'array',
        items: { type: 'string' },
        maxItems: 32,
      }),
      parameter('audience', "One of the credential's audiences"),
      parameter('environment', "The credential's environment"),
      parameter('cost', 'What the check takes of limits and quota', {
        type: 'integer',
        minimum: 0,
        maximum: 1_000_000,
        default: 1,
      }),
      parameter('tag', 'Counted apart in the usage of the key', { type: 'string', pattern: '^[\\w.:/-]{1,64}$' }),
      parameter(
        'mode',
        'With `nginx`, what `auth_request` would not pass on is told by statuses that it does: 400 by 401, 429 by 403; `X-Auth-Reason` says which it was, and there is no body',
        { enum: ['nginx'] },
      ),
      inHeader('X-API-Key', "The client's key, where the configuration accepts it there; else it is in Authorization"),
      inHeader('X-Forwarded-Uri', "The client's address, with its query: a key in it is refused"),
      inHeader('X-Original-URI', 'The same, as some proxies call it; where both are there, they must agree'),
      inHeader('X-Forwarded-For', 'Whose request it is; without it, keys that are limited to networks are refused'),
      inHeader('X-Keywright-Check', "The parameters above, where the query is the client's"),
    ],
    responses: {
      '200': {
        description: 'The request may pass; every field is there, even where it is empty',
        headers: {
          ...Object.fromEntries(Object.entries(identity).map(([name, description]) => [name, field(description)])),
          'RateLimit-Policy': field('The limits of the key'),
          RateLimit: field('What is left of them'),
        },
      },
      '400': refusal("More than one key, a key in the address, or (not the client's fault) a query that does not fit"),
      '401': refusal("No key, one that is not in force, or (not the client's fault) a proxy that is not known"),
      '403': refusal('The key may not do this'),
      '429': refusal('A limit or the quota of the key is used up'),
      '503': refusal('The answer cannot be proved fresh now'),
    },
  },
}

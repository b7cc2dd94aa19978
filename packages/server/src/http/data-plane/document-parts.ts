import type { Json } from '../openapi.ts'

/** A text. */
export const text = (description: string): Json => ({ type: 'string', description })
/** A text, or null. */
export const textOrNull = (description: string): Json => ({ type: ['string', 'null'], description })
/** A whole number from 0. */
export const wholeNumber = (description: string): Json => ({ type: 'integer', minimum: 0, description })

const problems: Readonly<Record<string, string>> = {
  '400': 'The body does not fit, or there is more than one credential',
  '401': 'No credential, or one that is not valid',
  '403': 'The credential does not check for what was asked',
  '413': 'The body is too large',
  '415': 'The body is not JSON',
  '429': 'Too many failed attempts from this network',
  '503': 'The answer cannot be proved fresh now',
}

/** The refusals of a door, by status. */
export const refusals = (...statuses: readonly string[]): Json =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: problems[status],
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )

/** A JSON answer. */
export const answered = (schema: Json, description: string): Json => ({
  '200': { description, content: { 'application/json': { schema } } },
})
/** A JSON body. */
export const body = (schema: Json): Json => ({ required: true, content: { 'application/json': { schema } } })

/** What the doors have in common: they answer holders of a credential. */
export const common = { tags: ['Checks'], security: [{ bearer: [] }] }

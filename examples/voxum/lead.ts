import { messageOf, type Refused, refused } from './refused.ts'

/** Someone who asked about a vehicle. */
export interface Lead {
  readonly id: string
  readonly name: string
  readonly email: string
}

const textMax = 200
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= textMax

/** Reads `{"name", "email"}`. */
export function readLead(text: string): Omit<Lead, 'id'> | Refused {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    return refused(`the body is not JSON: ${messageOf(error)}`)
  }
  const { name, email } = (document ?? {}) as Readonly<Record<string, unknown>>
  if (!isText(name)) return refused(`name is missing or too long; it has 1 to ${textMax} characters`)
  if (!isText(email) || !email.includes('@')) return refused('email is not an e-mail address')
  return { name, email }
}

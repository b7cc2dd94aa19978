import type { Caller } from '../ports.ts'
import { testOperator } from '../testing.ts'
import type { Parts } from './parts.ts'

/** A person as invitations and memberships know them. */
export interface TestPerson {
  readonly id: string
  readonly name: string
  readonly email: string
}

/** Stores a person who can sign in, as the sign-in library would. */
export async function storePerson({ store }: Pick<Parts, 'store'>, name: string): Promise<TestPerson> {
  const person = { id: `per_${name}`, name, email: `${name.toLowerCase()}@example.com` }
  const at = '2026-11-20T12:00:00.000Z'
  await store.context.write(testOperator, async ({ database }) => {
    await database
      .insertInto('people')
      .values({
        ...person,
        email_verified: 1,
        image: null,
        language: null,
        suspended: 0,
        two_factor_enabled: 0,
        created_at: at,
        updated_at: at,
      })
      .execute()
  })
  return person
}

/** A person who calls as an operator. */
export const asOperator = ({ id }: Pick<TestPerson, 'id'>): Caller => ({
  actor: { kind: 'operator', id },
  requestId: 'request-operator',
})

/** Who accepts an invitation. */
export const asGuest = ({ id }: Pick<TestPerson, 'id'>): Caller => ({
  actor: { kind: 'person', id },
  requestId: 'request-person',
})

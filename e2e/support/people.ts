import type { BrowserContext } from 'playwright-core'
import { bodyOf, type Call } from './calls.ts'

/** Someone who can sign in, in words that tests type. */
export interface SignsIn {
  readonly name: string
  readonly email: string
  readonly password: string
}

/** Long enough, and nobody's. */
export const examplePassword = 'seven green lamps at noon'

/** Someone by a first name. */
export const someone = (name: string): SignsIn => ({
  name,
  email: `${name.toLowerCase()}@example.com`,
  password: examplePassword,
})

/** Invites someone and answers the token of the link. */
export async function invite(operator: Call, account: string, role: string, email: string): Promise<string> {
  const body = { email, role }
  const { link } = await bodyOf(
    operator<{ link: string }>('POST', `/v1/accounts/${account}/invitations`, { body }),
    201,
  )
  return new URL(link).hash.slice(1)
}

/** Has someone accept an invitation in a browser's context, whose cookies it then holds. */
async function join(context: BrowserContext, url: string, token: string, person: SignsIn): Promise<void> {
  const response = await context.request.post(`${url}/v1/invitations/accept`, {
    headers: { Origin: new URL(url).origin },
    data: { token, name: person.name, password: person.password },
  })
  if (!response.ok()) throw new Error(`the invitation was not accepted: ${response.status()} ${await response.text()}`)
}

/** Makes someone a member with a role and signs the context in as them. */
export async function becomeMember(
  context: BrowserContext,
  url: string,
  operator: Call,
  { account, role, person }: { readonly account: string; readonly role: string; readonly person: SignsIn },
): Promise<void> {
  await join(context, url, await invite(operator, account, role, person.email), person)
}

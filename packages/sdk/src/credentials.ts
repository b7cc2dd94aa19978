import { type CreationOptions, type ReasonOptions, reasonBody } from './accounts.ts'
import { type ClientSend, pathOf } from './client.ts'
import { withSecret } from './keys.ts'
import { type Listing, listing } from './listing.ts'
import type { CreatedCredential, Credential, CredentialCreation, PageQuery } from './records.ts'

export interface Credentials {
  /** Makes a credential; `secret` is in the answer this once. */
  create(creation: CredentialCreation, options?: CreationOptions): Promise<CreatedCredential>
  list(query?: PageQuery): Listing<Credential>
  delete(credential: string, options?: ReasonOptions): Promise<void>
}

export const createCredentials = (send: ClientSend): Credentials => ({
  create: async (creation, { idempotencyKey = crypto.randomUUID() } = {}) =>
    withSecret(
      (await send({
        method: 'POST',
        path: pathOf('credentials'),
        body: creation,
        idempotencyKey,
      })) as CreatedCredential,
    ),
  list: (query) => listing(send, pathOf('credentials'), { ...query }),
  delete: async (credential, options) => {
    await send({ method: 'DELETE', path: pathOf('credentials', credential), ...reasonBody(options) })
  },
})

import { type ClientSend, pathOf } from './client.ts'
import { type Listing, listing } from './listing.ts'
import type { Account, AccountCreation, PageQuery } from './records.ts'

/** A precondition of a change: the version that was read, from `etagOf(record)`. */
export interface ChangeOptions {
  readonly ifMatch?: string | undefined
}

/** Why something is done; it is kept in the log. */
export interface ReasonOptions {
  readonly reason?: string | undefined
}

/** The body of an action that takes nothing but its reason. */
export const reasonBody = (options: ReasonOptions | undefined): { readonly body?: { readonly reason: string } } =>
  options?.reason === undefined ? {} : { body: { reason: options.reason } }

/** What makes repeating a creation safe. Default: a random one, so that the client may repeat by itself. */
export interface CreationOptions {
  readonly idempotencyKey?: string
}

export interface Accounts {
  create(creation: AccountCreation, options?: CreationOptions): Promise<Account>
  list(query?: PageQuery & { readonly search?: string; readonly externalId?: string }): Listing<Account>
  get(account: string): Promise<Account>
  update(account: string, changes: Partial<AccountCreation>, options?: ChangeOptions): Promise<Account>
  delete(account: string, options?: ChangeOptions & ReasonOptions): Promise<void>
  suspend(account: string, options?: ReasonOptions): Promise<Account>
  resume(account: string, options?: ReasonOptions): Promise<Account>
}

export const createAccounts = (send: ClientSend): Accounts => ({
  create: async (creation, { idempotencyKey = crypto.randomUUID() } = {}) =>
    (await send({ method: 'POST', path: pathOf('accounts'), body: creation, idempotencyKey })) as Account,
  list: (query) => listing(send, pathOf('accounts'), { ...query }),
  get: async (account) => (await send({ method: 'GET', path: pathOf('accounts', account) })) as Account,
  update: async (account, changes, options) =>
    (await send({
      method: 'PATCH',
      path: pathOf('accounts', account),
      body: changes,
      ifMatch: options?.ifMatch,
    })) as Account,
  delete: async (account, options) => {
    await send({
      method: 'DELETE',
      path: pathOf('accounts', account),
      ifMatch: options?.ifMatch,
      ...reasonBody(options),
    })
  },
  suspend: async (account, options) =>
    (await send({ method: 'POST', path: pathOf('accounts', account, 'suspend'), ...reasonBody(options) })) as Account,
  resume: async (account, options) =>
    (await send({ method: 'POST', path: pathOf('accounts', account, 'resume'), ...reasonBody(options) })) as Account,
})

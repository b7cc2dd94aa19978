import { type ChangeOptions, type ReasonOptions, reasonBody } from './accounts.ts'
import { type ClientSend, pathOf } from './client.ts'
import { type Listing, listing } from './listing.ts'
import type { Member, MemberChanges, MemberCreation, PageQuery } from './records.ts'

export interface Members {
  create(account: string, creation: MemberCreation): Promise<Member>
  list(account: string, query?: PageQuery): Listing<Member>
  get(account: string, member: string): Promise<Member>
  update(account: string, member: string, changes: MemberChanges, options?: ChangeOptions): Promise<Member>
  delete(account: string, member: string, options?: ReasonOptions): Promise<void>
}

export const createMembers = (send: ClientSend): Members => ({
  create: async (account, creation) =>
    (await send({ method: 'POST', path: pathOf('accounts', account, 'members'), body: creation })) as Member,
  list: (account, query) => listing(send, pathOf('accounts', account, 'members'), { ...query }),
  get: async (account, member) =>
    (await send({ method: 'GET', path: pathOf('accounts', account, 'members', member) })) as Member,
  update: async (account, member, changes, options) =>
    (await send({
      method: 'PATCH',
      path: pathOf('accounts', account, 'members', member),
      body: changes,
      ifMatch: options?.ifMatch,
    })) as Member,
  delete: async (account, member, options) => {
    await send({ method: 'DELETE', path: pathOf('accounts', account, 'members', member), ...reasonBody(options) })
  },
})

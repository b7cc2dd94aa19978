import type { Account, CreatedCredential, CreatedKey, KeyCreation } from '@keywright/sdk'
import { bodyOf, type Call } from './calls.ts'

/** A record just made, whose secret is there. */
export type WithSecret<Created extends { readonly secret: string | null }> = Created & { readonly secret: string }

/** Makes an account. */
export const createAccount = (operator: Call, name: string, more: object = {}): Promise<Account> =>
  bodyOf(operator<Account>('POST', '/v1/accounts', { body: { name, ...more } }), 201)

/** Makes a key. */
export const createKey = (operator: Call, account: string, creation: KeyCreation): Promise<WithSecret<CreatedKey>> =>
  bodyOf(operator<WithSecret<CreatedKey>>('POST', `/v1/accounts/${account}/keys`, { body: creation }), 201)

/** Makes a verify credential and answers its secret. */
export async function createVerifyCredential(
  operator: Call,
  scope: { readonly environment?: string; readonly audiences: readonly string[] },
): Promise<string> {
  const body = { kind: 'verify', name: 'API', ...scope }
  return (await bodyOf(operator<WithSecret<CreatedCredential>>('POST', '/v1/credentials', { body }), 201)).secret
}

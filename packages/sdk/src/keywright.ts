import type { Decision } from '@keywright/core'
import { type Accounts, createAccounts } from './accounts.ts'
import { createSend, pathOf, type TransportOptions } from './client.ts'
import { createPublicConfig } from './config.ts'
import { type Credentials, createCredentials } from './credentials.ts'
import { createKeys, type Keys } from './keys.ts'
import { type Listing, listing } from './listing.ts'
import { createMembers, type Members } from './members.ts'
import type { Head, HeadQuery, LogEntry, LogQuery } from './records.ts'
import { createSendOnce } from './transport.ts'
import type { PublicConfig, Verifier, VerifyRequest } from './verifier.ts'
import { createVerify, createVerifyBatch, type OnVerifyError } from './verify.ts'

export interface KeywrightOptions extends TransportOptions {
  /** Told why checks are answered `UNAVAILABLE`: a server that is down, a credential that is not accepted, a request that is not understood. */
  readonly onVerifyError?: OnVerifyError
  /** Milliseconds of a clock that never goes back. Default: `performance.now`. */
  readonly now?: () => number
}

/** The client of one Keywright server. It is a {@link Verifier} too: hand it to the middleware. */
export interface Keywright extends Verifier {
  /** Checks one key. Never throws: what cannot be asked is the decision `UNAVAILABLE`. */
  verify(request: VerifyRequest): Promise<Decision>
  /** Checks many keys in one call: one decision per check, in the same order. */
  verifyBatch(checks: readonly VerifyRequest[]): Promise<readonly Decision[]>
  readonly accounts: Accounts
  readonly members: Members
  readonly keys: Keys
  readonly credentials: Credentials
  readonly events: { list(query?: LogQuery): Listing<LogEntry> }
  readonly config: { get(): Promise<PublicConfig> }
  /** Reads the log's head: for programs that keep a memory of their own and have to prove it fresh. */
  head(query?: HeadQuery): Promise<Head>
  publicConfig(): PublicConfig | undefined | Promise<PublicConfig | undefined>
}

/** Makes the client of a Keywright server. Nothing is sent before the first call. */
export function createKeywright(options: KeywrightOptions): Keywright {
  const send = createSend(options)
  // A configuration is wanted soon or not at all: a request waits for it.
  const sendOnce = createSendOnce(options)
  return {
    verify: createVerify(send, options.onVerifyError),
    verifyBatch: createVerifyBatch(send, options.onVerifyError),
    accounts: createAccounts(send),
    members: createMembers(send),
    keys: createKeys(send),
    credentials: createCredentials(send),
    events: { list: (query) => listing(send, pathOf('events'), { ...query }) },
    config: { get: async () => (await send({ method: 'GET', path: pathOf('config') })) as PublicConfig },
    head: async (query) => (await send({ method: 'GET', path: pathOf('head'), query: { ...query } })) as Head,
    publicConfig: createPublicConfig(sendOnce, options.now ?? (() => performance.now())),
  }
}

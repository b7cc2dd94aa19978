import { hkdfSync } from 'node:crypto'
import type { GenericOAuthConfig } from 'better-auth/plugins'
import type { Clock } from '../clock.ts'
import type { Gossip } from '../gossip.ts'
import { SharedArrivals } from '../shared-arrivals.ts'
import type { Caller, NewEvent } from '../storage/ports.ts'
import type { SignInDatabase } from '../storage/sign-in-database.ts'
import type { PeopleContext } from './context.ts'
import { factorsOf } from './factors.ts'
import { createLibrary } from './library.ts'
import { passkeysOf } from './passkeys.ts'
import type { People } from './port.ts'
import { type OidcProvider, providersOf } from './providers.ts'
import { recordsOf } from './records.ts'
import { secondFactorOf } from './second-factor.ts'
import { sessionsOf } from './sessions.ts'
import { signInOf } from './sign-in.ts'
import { SignInThrottle } from './throttle.ts'

/** What people sign in with. */
export interface PeopleParts {
  readonly database: SignInDatabase
  /** Scheme, host and port at which browsers reach the server. */
  readonly publicUrl: string
  /** Shown by authenticators. */
  readonly productName: string
  /** The bytes of the pepper; everything that is signed, encrypted or digested here is under keys derived from it. */
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly randomBytes: (length: number) => Uint8Array
  /** Records an event of which the rows are the library's. */
  readonly record: (caller: Caller, event: NewEvent) => Promise<void>
  readonly oidc: OidcProvider | null
  /** Told, in one sentence without secrets, what an operator should know. */
  readonly report: (message: string) => void
  /** Other processes that attempts are counted with. */
  readonly gossip?: Gossip | undefined
  /** Runs what must not show in the time of an answer; the standard is some moments later. */
  readonly defer?: (work: () => void) => void
}

/** Each use has a key of its own (HKDF, RFC 5869). */
const derive = (secret: Uint8Array, use: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), `keywright people ${use}`, 32))

/** Of how many people it is remembered that a refusal was recorded. */
const refusalsMax = 10_000
const afterAnswerMs = 200
const afterTheAnswer = (work: () => void): void => void setTimeout(work, afterAnswerMs).unref()

/** Opens everything about people who sign in, on an open store. */
export function openPeople(parts: PeopleParts): People {
  const { database, publicUrl, productName, clock, randomBytes, record, report, gossip } = parts
  const linked = new Set<string>()
  const libraryParts = {
    database,
    publicUrl,
    productName,
    clock,
    randomBytes,
    secret: Buffer.from(derive(parts.secret, 'library')).toString('base64url'),
    linked: (personId: string) => void linked.add(personId),
  }
  const context: PeopleContext = {
    database,
    library: createLibrary(libraryParts),
    clock,
    randomBytes,
    throttle: new SignInThrottle(clock, gossip),
    device: { key: derive(parts.secret, 'device'), clock, randomBytes },
    digestKey: derive(parts.secret, 'digests'),
    record,
    report,
    defer: parts.defer ?? afterTheAnswer,
    refusals: new SharedArrivals(refusalsMax, { topic: 'recorded-refusals', clock, gossip }),
  }
  const libraryWith = (provider: GenericOAuthConfig) => createLibrary({ ...libraryParts, provider })
  return {
    ...sessionsOf(context),
    ...signInOf(context),
    ...passkeysOf(context),
    ...providersOf(context, { oidc: parts.oidc, publicUrl, libraryWith, linked }),
    ...recordsOf(context),
    ...factorsOf(context),
    ...secondFactorOf(context, productName),
  }
}

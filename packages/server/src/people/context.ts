import { createHmac, timingSafeEqual } from 'node:crypto'
import { compileLimit } from '@keywright/core'
import { isAPIError } from 'better-auth/api'
import type { Clock } from '../clock.ts'
import type { SharedArrivals } from '../shared-arrivals.ts'
import { personEvent } from '../storage/person-rows.ts'
import type { Caller, NewEvent } from '../storage/ports.ts'
import type { PasskeyRow, PersonRow, SessionRow } from '../storage/schema-sign-in.ts'
import type { SignInDatabase } from '../storage/sign-in-database.ts'
import { type DeviceParts, deviceCookie, knownDevice, rememberDevice } from './device.ts'
import type { Library } from './library.ts'
import type { PasskeyRecord, Person, SessionRecord, Throttled, Visitor } from './port.ts'
import type { Attempt, Guessed, SignInThrottle } from './throttle.ts'
import { callerOf, cookieOf } from './visitor.ts'

/** What every part of this folder works with. */
export interface PeopleContext {
  readonly database: SignInDatabase
  readonly library: Library
  readonly clock: Clock
  readonly randomBytes: (length: number) => Uint8Array
  readonly throttle: SignInThrottle
  readonly device: DeviceParts
  /** Makes digests of what is shown once: backup codes and links. */
  readonly digestKey: Uint8Array
  readonly record: (caller: Caller, event: NewEvent) => Promise<void>
  readonly report: (message: string) => void
  readonly defer: (work: () => void) => void
  /** Whose refused sign-in was recorded lately. */
  readonly refusals: SharedArrivals
}

/** The record of a person's row. */
export const personOf = (row: PersonRow): Person => ({
  id: row.id,
  name: row.name,
  email: row.email,
  language: row.language,
  suspended: row.suspended === 1,
  createdAtMs: Date.parse(row.created_at),
})

/** The record of a session's row. */
export const sessionOf = (row: SessionRow): SessionRecord => ({
  id: row.id,
  personId: row.person_id,
  createdAtMs: Date.parse(row.created_at),
  lastSeenAtMs: Date.parse(row.updated_at),
  expiresAtMs: Date.parse(row.expires_at),
  provedAtMs: row.proved_at_ms,
  network: row.network,
  userAgent: row.user_agent,
})

/** The record of a passkey's row. */
export const passkeyOf = (row: PasskeyRow): PasskeyRecord => ({
  id: row.id,
  name: row.name ?? '',
  createdAtMs: row.created_at === null ? 0 : Date.parse(row.created_at),
})

/** An address as it is kept and compared. */
export const keptEmail = (email: string): string => email.trim().toLowerCase()

/** The digest under which something that is shown once is stored; each purpose has its own. */
export const digestOf = ({ digestKey }: PeopleContext, purpose: 'backup-code' | 'reset', text: string): string =>
  createHmac('sha256', digestKey).update(`${purpose}\0${text}`).digest('base64url')

/** Whether two texts are the same, in a time that does not tell where they differ. */
export const sameText = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

/** The result of a call of the library; `undefined` where it refused. What is no refusal throws. */
export async function unlessRefused<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call
  } catch (error) {
    if (isAPIError(error) && error.statusCode < 500) return undefined
    throw error
  }
}

/** The id of the device if the person has signed in on it before; `undefined`: they have not. */
export const deviceOf = ({ device }: PeopleContext, { headers }: Visitor, email: string): string | undefined =>
  knownDevice(device, cookieOf(headers, deviceCookie), email)

/** Counts an attempt at a person, on a device that is known for them or not. */
export function attempt(
  context: PeopleContext,
  visitor: Visitor,
  what: Guessed,
  { person, email }: { readonly person: string; readonly email: string },
): Attempt | Throttled {
  const device = deviceOf(context, visitor, email)
  return context.throttle.attempt({ what, address: visitor.address, person, device })
}

/** Counts a sign-in that a stranger begins: each leaves a row until it ends or expires. */
export function beginning({ throttle }: PeopleContext, { address }: Visitor): Throttled | undefined {
  const counted = throttle.attempt({ what: 'begin', address, person: 'anybody', device: undefined })
  return 'problem' in counted ? counted : undefined
}

/** The cookies of a finished sign-in, once it is recorded. */
export async function signedIn(
  context: PeopleContext,
  visitor: Visitor,
  person: PersonRow,
  method: string,
  headers: Headers,
): Promise<readonly string[]> {
  await context.record(callerOf(visitor, person.id), personEvent('person.signed_in', person.id, { after: { method } }))
  await context.database.sessions.removeExpired(person.id)
  return [...headers.getSetCookie(), rememberDevice(context.device, person.email)]
}

const refusalRate = compileLimit({ name: 'recorded-refusals', limit: 1, windowSeconds: 60 })

/** Records a refused sign-in of a known person, once a minute at most, after the answer, whose time must not tell that the person is known. */
export function recordRefusal(
  context: PeopleContext,
  visitor: Visitor,
  personId: string | undefined,
  method: string,
): void {
  const { refusals, clock, record, report, defer } = context
  if (personId === undefined) return
  const nowMs = clock.monotonicMs()
  if (refusals.waitMs(personId, refusalRate, nowMs) > 0) return
  refusals.take(personId, refusalRate, nowMs)
  const event = personEvent('person.sign_in_refused', personId, { after: { method } })
  const write = () => record(callerOf(visitor, personId), event)
  defer(() => void write().catch(() => report('A refused sign-in could not be recorded.')))
}

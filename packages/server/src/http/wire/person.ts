import * as z from 'zod'
import type { Factors, PasskeyRecord, Person, SessionRecord } from '../../people/port.ts'
import { moment, momentOf } from '../fields.ts'

/** A person as they see themself. */
export const OwnPersonWire = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    language: z.string().nullable().describe('`null`: as the browser says'),
  })
  .meta({ id: 'OwnPerson' })

/** The same as answers say it. */
export const ownPersonWire = ({ id, name, email, language }: Person): z.input<typeof OwnPersonWire> => ({
  id,
  name,
  email,
  language,
})

/** A person as operators see them. */
export const PersonWire = z
  .object({ id: z.string(), name: z.string(), email: z.string(), suspended: z.boolean(), createdAt: moment })
  .meta({ id: 'Person' })

/** The same as answers say it. */
export const personWire = ({ id, name, email, suspended, createdAtMs }: Person): z.input<typeof PersonWire> => ({
  id,
  name,
  email,
  suspended,
  createdAt: momentOf(createdAtMs),
})

/** A session in a list. */
export const SessionWire = z
  .object({
    id: z.string(),
    current: z.boolean(),
    createdAt: moment,
    lastSeenAt: moment,
    expiresAt: moment,
    network: z.string().nullable(),
    userAgent: z.string().nullable(),
  })
  .meta({ id: 'Session' })

/** The same as answers say it. */
export const sessionWire = (session: SessionRecord, currentId: string): z.input<typeof SessionWire> => ({
  id: session.id,
  current: session.id === currentId,
  createdAt: momentOf(session.createdAtMs),
  lastSeenAt: momentOf(session.lastSeenAtMs),
  expiresAt: momentOf(session.expiresAtMs),
  network: session.network,
  userAgent: session.userAgent,
})

/** A passkey in an answer. */
export const PasskeyWire = z.object({ id: z.string(), name: z.string(), createdAt: moment }).meta({ id: 'Passkey' })

/** The same as answers say it. */
export const passkeyWire = ({ id, name, createdAtMs }: PasskeyRecord): z.input<typeof PasskeyWire> => ({
  id,
  name,
  createdAt: momentOf(createdAtMs),
})

/** How a person can prove who they are, in an answer. */
export const FactorsWire = z
  .object({
    password: z.boolean(),
    totp: z.boolean(),
    backupCodesLeft: z.int(),
    passkeys: z.array(PasskeyWire),
    providers: z.array(z.string()),
  })
  .meta({ id: 'Factors' })

/** The same as answers say it. */
export const factorsWire = (factors: Factors): z.input<typeof FactorsWire> => ({
  password: factors.password,
  totp: factors.totp,
  backupCodesLeft: factors.backupCodesLeft,
  passkeys: factors.passkeys.map(passkeyWire),
  providers: [...factors.providers],
})

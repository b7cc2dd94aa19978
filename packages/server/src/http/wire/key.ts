import { keyStates } from '@keywright/core'
import * as z from 'zod'
import type { KeyRecord } from '../../storage/ports.ts'
import { moment, momentOf, momentOrNull } from '../fields.ts'
import {
  LimitOverrideWire,
  LimitsInForceWire,
  LimitWire,
  limitOverrideWire,
  limitWire,
  QuotaOverrideWire,
  QuotaWire,
  quotaOverrideWire,
  quotaWire,
} from './limit.ts'

/** A grant in an answer. */
export const GrantWire = z
  .union([z.literal('unrestricted'), z.object({ permissions: z.array(z.string()) })])
  .meta({ id: 'Grant', description: 'Everything, or a set of permissions (`jobs.view`, `integrations.use:crm`)' })

/** Who did something, in an answer. */
export const ActorWire = z.object({ kind: z.string(), id: z.string() }).meta({ id: 'Actor' })

/** A key in an answer; it never holds the secret. */
export const KeyWire = z
  .object({
    id: z.string(),
    account: z.string(),
    lineage: z.string().describe('Shared by a key and those that rotation made of it'),
    type: z.string(),
    environment: z.string().nullable(),
    name: z.string().nullable(),
    description: z.string().nullable(),
    state: z.enum(keyStates),
    grant: GrantWire,
    preset: z.string().nullable(),
    masked: z.string(),
    createdAt: moment,
    createdBy: ActorWire,
    updatedAt: moment,
    expiresAt: moment.nullable(),
    endsAt: moment
      .nullable()
      .describe('From when it is no longer accepted: its expiry, or the earlier end that a rotation gave it'),
    lastUsedAt: moment.nullable(),
    lastUsedNetwork: z.string().nullable(),
    allowedNetworks: z.array(z.string()).nullable(),
    limits: z.array(LimitWire),
    quota: QuotaWire.nullable(),
    overrides: z.object({ limits: z.array(LimitOverrideWire), quota: QuotaOverrideWire.nullable() }).optional(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    owner: z.string().nullable().describe('The member that the key belongs to; `null`: a service key'),
    parentLineage: z.string().nullable().describe('The lineage of the managing key that made it'),
    dueForRotation: z.boolean(),
    newest: z.boolean().describe('Only the newest key of a lineage rotates'),
    rotatedTo: z.string().nullable(),
  })
  .meta({ id: 'Key' })

/** A key read by itself, with the limits that apply to it at this moment. */
export const KeyInForceWire = z.object({ ...KeyWire.shape, inForce: LimitsInForceWire }).meta({ id: 'KeyInForce' })

/** A key just created, with its secret this once; `null` where an Idempotency-Key was repeated. */
export const CreatedKeyWire = z.object({ ...KeyWire.shape, secret: z.string().nullable() }).meta({ id: 'CreatedKey' })

const overridesWire = (key: KeyRecord): Pick<z.input<typeof KeyWire>, 'overrides'> =>
  key.overrides.length === 0 && key.quotaOverride === null
    ? {}
    : {
        overrides: {
          limits: key.overrides.map(limitOverrideWire),
          quota: key.quotaOverride === null ? null : quotaOverrideWire(key.quotaOverride),
        },
      }

/** A key as answers say it. */
export const keyWire = (key: KeyRecord): z.input<typeof KeyWire> => ({
  id: key.id,
  account: key.accountId,
  lineage: key.lineageId,
  type: key.type,
  environment: key.environment,
  name: key.name,
  description: key.description,
  state: key.state,
  grant: key.grant === 'unrestricted' ? key.grant : { permissions: [...key.grant.permissions] },
  preset: key.preset,
  masked: key.masked,
  createdAt: momentOf(key.createdAtMs),
  createdBy: key.createdBy,
  updatedAt: momentOf(key.updatedAtMs),
  expiresAt: momentOrNull(key.expiresAtMs),
  endsAt: momentOrNull(key.endsAtMs),
  lastUsedAt: momentOrNull(key.lastUsed?.atMs ?? null),
  lastUsedNetwork: key.lastUsed?.network ?? null,
  allowedNetworks: key.allowedNetworks === null ? null : [...key.allowedNetworks],
  limits: key.limits.map(limitWire),
  quota: key.quota === null ? null : quotaWire(key.quota),
  ...overridesWire(key),
  metadata: key.metadata === null ? null : { ...key.metadata },
  owner: key.ownerMemberId,
  parentLineage: key.parentLineageId,
  dueForRotation: key.dueForRotation,
  newest: key.rotatedToId === null,
  rotatedTo: key.rotatedToId,
})

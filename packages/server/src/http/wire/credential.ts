import * as z from 'zod'
import type { CredentialRecord } from '../../storage/ports.ts'
import { moment, momentOf } from '../fields.ts'
import { ActorWire } from './key.ts'

/** A credential in an answer; it never holds the secret. */
export const CredentialWire = z
  .object({
    id: z.string(),
    kind: z.enum(['operator', 'verify']),
    name: z.string(),
    masked: z.string(),
    environment: z.string().nullable(),
    audiences: z.array(z.string()),
    createdBy: ActorWire,
    createdAt: moment,
  })
  .meta({ id: 'Credential' })

/** A credential just created, with its secret this once; `null` where an Idempotency-Key was repeated. */
export const CreatedCredentialWire = z
  .object({ ...CredentialWire.shape, secret: z.string().nullable() })
  .meta({ id: 'CreatedCredential' })

/** A credential as answers say it. */
export const credentialWire = (credential: CredentialRecord): z.input<typeof CredentialWire> => ({
  id: credential.id,
  kind: credential.kind,
  name: credential.name,
  masked: credential.masked,
  environment: credential.environment,
  audiences: [...credential.audiences],
  createdBy: credential.createdBy,
  createdAt: momentOf(credential.createdAtMs),
})

import * as z from 'zod'
import type { InvitationRecord, OperatorRecord } from '../../storage/ports-team.ts'
import { moment, momentOf } from '../fields.ts'
import { ActorWire } from './key.ts'

/** An invitation in an answer; it never holds the link. */
export const InvitationWire = z
  .object({
    id: z.string(),
    account: z.string().nullable().describe('`null`: to become an operator'),
    email: z.string(),
    role: z.string().nullable(),
    invitedBy: ActorWire,
    createdAt: moment,
    expiresAt: moment,
  })
  .meta({ id: 'Invitation' })

/** An invitation just made or renewed, with its link this once. */
export const SentInvitationWire = z
  .object({
    ...InvitationWire.shape,
    link: z.string().describe('Whoever has it can look at the invitation; it is there this once'),
    mailed: z.boolean().describe('Whether a mail server also took it for the address'),
  })
  .meta({ id: 'SentInvitation' })

/** An invitation as answers say it. */
export const invitationWire = (invitation: InvitationRecord): z.input<typeof InvitationWire> => ({
  id: invitation.id,
  account: invitation.account?.id ?? null,
  email: invitation.email,
  role: invitation.role,
  invitedBy: invitation.invitedBy,
  createdAt: momentOf(invitation.createdAtMs),
  expiresAt: momentOf(invitation.expiresAtMs),
})

/** A person who operates, in an answer. */
export const OperatorWire = z
  .object({ person: z.string(), name: z.string(), email: z.string(), createdAt: moment })
  .meta({ id: 'Operator' })

/** A person who operates as answers say it. */
export const operatorWire = ({ personId, name, email, createdAtMs }: OperatorRecord): z.input<typeof OperatorWire> => ({
  person: personId,
  name,
  email,
  createdAt: momentOf(createdAtMs),
})

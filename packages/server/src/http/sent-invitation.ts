import type { Problem } from '@keywright/core'
import type * as z from 'zod'
import { Secret } from '../secret.ts'
import type { Actor } from '../storage/ports.ts'
import type { InvitationRecord, Invitations } from '../storage/ports-team.ts'
import type { RouteDeps } from './deps.ts'
import { invitationWire, type SentInvitationWire } from './wire/invitation.ts'

type Made = Exclude<Awaited<ReturnType<Invitations['create']>>, Problem>

/** Answers an invitation with its link and sends the link by mail, where there is mail. Its token stands in the fragment, which no server sees. */
export async function sendInvitation(
  deps: RouteDeps,
  actor: Actor,
  { record, token }: Made,
): Promise<z.input<typeof SentInvitationWire>> {
  const link = new Secret(`${deps.settings.publicUrl}/invitation#${token.expose()}`)
  const mailed = deps.messages.mail && (await mail(deps, actor, record, link))
  return { ...invitationWire(record), link: link.expose(), mailed }
}

async function mail(deps: RouteDeps, actor: Actor, record: InvitationRecord, link: Secret): Promise<boolean> {
  const person = await deps.people.findByEmail(record.email)
  const to = { email: record.email, name: person?.name ?? null, language: person?.language ?? null }
  return await deps.messages.invitation(to, link, {
    account: record.account?.name ?? null,
    role: record.role,
    invitedBy: await nameOf(deps, actor),
    expiresAtMs: record.expiresAtMs,
  })
}

async function nameOf({ storage, people }: RouteDeps, actor: Actor): Promise<string | null> {
  if (actor.kind === 'operator') return (await people.read(actor.id))?.name ?? null
  if (actor.kind !== 'member') return null
  const member = await storage.members.read(actor.accountId, actor.id)
  return 'problem' in member ? null : member.name
}

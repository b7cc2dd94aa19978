import { isProblem } from '@keywright/core'
import * as z from 'zod'
import type { Proof } from '../../people/port.ts'
import { factorCode, moment, momentOf, momentOrNull, password, webAuthn } from '../fields.ts'
import { reply, route } from '../route.ts'
import { provedUntilMs } from '../session.ts'
import { OwnPersonWire, ownPersonWire, SessionWire, sessionWire } from '../wire/person.ts'
import { webAuthnWire } from '../wire/web-authn.ts'

const Membership = z.object({
  account: z.object({ id: z.string(), name: z.string(), state: z.enum(['active', 'suspended']) }),
  member: z.string(),
  role: z.string(),
  state: z.enum(['active', 'suspended']),
})

const Proofs = z
  .strictObject({ password: password.optional(), code: factorCode.optional(), passkey: webAuthn.optional() })
  .refine((proofs) => Object.values(proofs).filter((proof) => proof !== undefined).length === 1, {
    message: 'Send exactly one of password, code and passkey',
  })

function proofOf({ password: known, code, passkey }: z.output<typeof Proofs>): Proof {
  if (known !== undefined) return { password: known }
  return code === undefined ? { passkey } : { code }
}

/** The routes of a browser's session and of the others of the same person. */
export const sessionRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/session',
      operationId: 'readSession',
      summary: 'Read who is signed in and as whom they can act',
      tag: 'Person',
      permission: 'person',
      returns: z.object({
        person: OwnPersonWire,
        operator: z.boolean(),
        memberships: z.array(Membership),
        provedUntil: moment.nullable().describe('Until when nothing asks for another proof; `null`: it is asked for'),
        expiresAt: moment,
      }),
      problems: [],
    },
    async ({ actor }, { storage, clock }) => ({
      person: ownPersonWire(actor.person),
      operator: await storage.operators.isOperator(actor.id),
      memberships: (await storage.memberships.of(actor.id)).map(({ account, member }) => ({
        account: { id: account.id, name: account.name, state: account.state },
        member: member.id,
        role: member.role,
        state: member.state,
      })),
      provedUntil: momentOrNull(provedUntilMs(actor.session, clock.wallMs())),
      expiresAt: momentOf(actor.session.expiresAtMs),
    }),
  ),
  route(
    {
      method: 'delete',
      path: '/v1/session',
      operationId: 'signOut',
      summary: 'Sign out',
      tag: 'Person',
      permission: 'person',
      returns: z.null(),
      status: 204,
      problems: [],
    },
    async ({ visitor }, { people }) => {
      const { setCookies } = await people.signOut(visitor)
      return reply(null, { setCookies })
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/session/proof',
      operationId: 'proveSession',
      summary: 'Prove once more who is there',
      tag: 'Person',
      permission: 'person',
      body: Proofs,
      returns: z.object({ provedUntil: moment.nullable() }),
      problems: ['sign_in_refused', 'second_factor_refused', 'passkey_refused', 'too_many_requests'],
    },
    async ({ actor, visitor, body }, { people, clock }) => {
      const proved = await people.prove(visitor, actor, proofOf(body))
      return isProblem(proved) ? proved : { provedUntil: momentOrNull(provedUntilMs(proved, clock.wallMs())) }
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/session/proof/passkey-options',
      operationId: 'startPasskeyProof',
      summary: 'Begin a proof by passkey',
      tag: 'Person',
      permission: 'person',
      body: z.strictObject({}),
      bodyOptional: true,
      returns: webAuthn,
      problems: [],
    },
    async ({ actor, visitor }, { people }) => webAuthnWire(await people.passkeyProofOptions(visitor, actor)),
  ),
  route(
    {
      method: 'get',
      path: '/v1/sessions',
      operationId: 'listSessions',
      summary: 'List the sessions of who is signed in',
      tag: 'Person',
      permission: 'person',
      returns: z.object({ items: z.array(SessionWire) }),
      problems: [],
    },
    async ({ actor }, { people }) => ({
      items: (await people.sessions(actor.id)).map((session) => sessionWire(session, actor.sessionId)),
    }),
  ),
  route(
    {
      method: 'delete',
      path: '/v1/sessions/{session}',
      operationId: 'endSession',
      summary: 'End a session',
      tag: 'Person',
      permission: 'person',
      returns: z.null(),
      status: 204,
      problems: ['session_not_found'],
    },
    ({ actor, caller, params }, { people }) => people.endSession(caller, actor.id, params.session),
  ),
  route(
    {
      method: 'post',
      path: '/v1/sessions/end-others',
      operationId: 'endOtherSessions',
      summary: 'End every session but this one',
      tag: 'Person',
      permission: 'person',
      body: z.strictObject({}),
      bodyOptional: true,
      returns: z.object({ ended: z.int() }),
      problems: [],
    },
    async ({ actor, caller }, { people }) => ({ ended: await people.endSessions(caller, actor.id, actor.sessionId) }),
  ),
] as const

import { isProblem, problem } from '@keywright/core'
import * as z from 'zod'
import { moment, momentOf, onlyReason, pageOf, pageQuery, queryText } from '../fields.ts'
import { route } from '../route.ts'
import { pageWire } from '../wire/page.ts'
import { PersonWire, personWire } from '../wire/person.ts'
import { makePasswordLink } from './password-resets.ts'

/** The routes by which operators look after people who sign in. */
export const peopleRoutes = [
  route(
    {
      method: 'get',
      path: '/v1/people',
      operationId: 'listPeople',
      summary: 'List everybody who can sign in',
      tag: 'People',
      permission: 'operator',
      query: z.strictObject({ ...pageQuery, search: queryText(200).optional() }),
      returns: pageOf(PersonWire),
      problems: ['invalid_cursor'],
    },
    async ({ query }, { people }) => {
      return pageWire(await people.list(query), personWire)
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/people/{person}/suspend',
      operationId: 'suspendPerson',
      summary: 'Suspend a person: sessions end, memberships rest, and the keys that are personally theirs stop',
      tag: 'People',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: PersonWire,
      problems: ['person_not_found', 'person_suspended', 'last_member_of_role', 'last_operator'],
    },
    async ({ params, caller }, { people, storage }) => {
      const known = await people.read(params.person)
      if (known === undefined) return problem('person_not_found')
      if (known.suspended) return problem('person_suspended')
      // What they may do goes first; where the second step is cut off, the same call finishes it.
      const suspended = await storage.memberships.suspendAll(caller, known.id)
      if (isProblem(suspended)) return suspended
      const person = await people.suspend(caller, known.id)
      if (isProblem(person)) return person
      // What was accepted between the two steps rests as well.
      const late = await storage.memberships.suspendAll(caller, known.id)
      return isProblem(late) ? late : personWire(person)
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/people/{person}/resume',
      operationId: 'resumePerson',
      summary: 'Resume a suspended person, with the memberships that they had',
      tag: 'People',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: PersonWire,
      problems: ['person_not_found', 'person_not_suspended'],
    },
    async ({ params, caller }, { people, storage }) => {
      const known = await people.read(params.person)
      if (known === undefined) return problem('person_not_found')
      if (!known.suspended) return problem('person_not_suspended')
      // Memberships first: a person who is cut off between is suspended still, and the same call finishes it.
      await storage.memberships.resumeAll(caller, known.id)
      const person = await people.resume(caller, known.id)
      return isProblem(person) ? person : personWire(person)
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/people/{person}/end-sessions',
      operationId: 'endSessionsOfPerson',
      summary: 'End every session of a person',
      tag: 'People',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: z.object({ ended: z.int() }),
      problems: ['person_not_found'],
    },
    async ({ params, caller }, { people }) => {
      if ((await people.read(params.person)) === undefined) return problem('person_not_found')
      return { ended: await people.endSessions(caller, params.person, null) }
    },
  ),
  route(
    {
      method: 'post',
      path: '/v1/people/{person}/password-link',
      operationId: 'makePasswordLink',
      summary: 'Make a link by which a person sets a new password',
      description: 'For where no mail is sent: the link works once, for an hour.',
      tag: 'People',
      permission: 'operator',
      sensitive: true,
      body: onlyReason,
      bodyOptional: true,
      returns: z.object({ link: z.string(), expiresAt: moment }),
      problems: ['person_not_found'],
    },
    async ({ params, caller }, deps) => {
      const made = await makePasswordLink(deps, caller, params.person)
      return isProblem(made) ? made : { link: made.link.expose(), expiresAt: momentOf(made.expiresAtMs) }
    },
  ),
] as const

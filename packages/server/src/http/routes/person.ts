import { isProblem } from '@keywright/core'
import * as z from 'zod'
import { languageTag, name } from '../fields.ts'
import { route } from '../route.ts'
import { FactorsWire, factorsWire, OwnPersonWire, ownPersonWire } from '../wire/person.ts'

/** The routes of who is signed in. */
export const personRoutes = [
  route(
    {
      method: 'patch',
      path: '/v1/person',
      operationId: 'updatePerson',
      summary: 'Change the name or the language of who is signed in',
      description: 'What is absent stays; `language: null` is as the browser says.',
      tag: 'Person',
      permission: 'person',
      body: z.strictObject({ name: name.optional(), language: languageTag.nullable().optional() }),
      returns: OwnPersonWire,
      problems: ['person_not_found'],
    },
    async ({ actor, caller, body }, { people }) => {
      const person = await people.update(caller, actor.id, body)
      return isProblem(person) ? person : ownPersonWire(person)
    },
  ),
  route(
    {
      method: 'get',
      path: '/v1/person/factors',
      operationId: 'readFactors',
      summary: 'Read by what the person can prove who they are',
      tag: 'Person',
      permission: 'person',
      returns: FactorsWire,
      problems: [],
    },
    async ({ actor }, { people }) => factorsWire(await people.factors(actor.id)),
  ),
] as const

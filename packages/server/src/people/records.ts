import { isProblem, problem } from '@keywright/core'
import { keptEmail, type PeopleContext, personOf } from './context.ts'
import { signInId } from './library.ts'
import { passwordFault } from './passwords.ts'
import type { People } from './port.ts'

type Records = Pick<People, 'read' | 'findByEmail' | 'readAll' | 'list' | 'create' | 'update' | 'suspend' | 'resume'>

/** People themselves. */
export function recordsOf(context: PeopleContext): Records {
  const { database, library, randomBytes } = context
  return {
    read: async (personId) => {
      const row = await database.people.read(personId)
      return row === undefined ? undefined : personOf(row)
    },
    findByEmail: async (email) => {
      const row = await database.people.findByEmail(keptEmail(email))
      return row === undefined ? undefined : personOf(row)
    },
    readAll: async (personIds) =>
      new Map((await database.people.readAll(personIds)).map((row) => [row.id, personOf(row)])),
    list: async (request) => {
      const page = await database.people.list(request)
      return isProblem(page) ? page : { ...page, items: page.items.map(personOf) }
    },
    create: async (caller, { name, email, password }) => {
      const kept = keptEmail(email)
      const fault = passwordFault(password, kept)
      if (fault !== undefined) return problem('password_not_allowed', fault)
      const row = await database.people.create(caller, {
        id: signInId('user', randomBytes),
        methodId: signInId('account', randomBytes),
        name: name.trim(),
        email: kept,
        passwordHash: await (await library.$context).password.hash(password),
      })
      return isProblem(row) ? row : personOf(row)
    },
    update: async (caller, personId, change) => {
      const row = await database.people.update(caller, personId, change)
      return isProblem(row) ? row : personOf(row)
    },
    suspend: async (caller, personId) => {
      const row = await database.people.suspend(caller, personId)
      return isProblem(row) ? row : personOf(row)
    },
    resume: async (caller, personId) => {
      const row = await database.people.resume(caller, personId)
      return isProblem(row) ? row : personOf(row)
    },
  }
}

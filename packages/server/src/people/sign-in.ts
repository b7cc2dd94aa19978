import { isProblem, problem } from '@keywright/core'
import { attempt, keptEmail, type PeopleContext, recordRefusal, signedIn, unlessRefused } from './context.ts'
import { sessionCookie } from './library.ts'
import { passwordCharactersMax } from './passwords.ts'
import type { People, SignInStep, Visitor } from './port.ts'
import { backupCodeDigest, takeCode } from './second-factor.ts'
import { libraryHeaders } from './visitor.ts'

type SignIn = Pick<People, 'signIn' | 'signInSecondFactor' | 'signInNew'>

const done: SignInStep = { next: 'done' }

/** Signing in by e-mail address and password, and the second step. */
export const signInOf = (context: PeopleContext): SignIn => ({
  signIn: (visitor, given) => signIn(context, visitor, given),
  signInSecondFactor: (visitor, given) => secondFactor(context, visitor, given),
  signInNew: async (visitor, { id }) => {
    const { headers } = await context.library.api.establish({
      body: { personId: id },
      headers: libraryHeaders(visitor),
      returnHeaders: true,
    })
    const person = await context.database.people.read(id)
    if (person === undefined) throw new Error('the person is gone')
    return { value: done, setCookies: await signedIn(context, visitor, person, 'new', headers) }
  },
})

async function signIn(
  context: PeopleContext,
  visitor: Visitor,
  given: Parameters<People['signIn']>[1],
): ReturnType<People['signIn']> {
  const email = keptEmail(given.email)
  const counted = attempt(context, visitor, 'password', { person: email, email })
  if (isProblem(counted)) return counted
  // A longer text is nobody's password; cut, it costs no more than any other.
  const password = given.password.slice(0, passwordCharactersMax * 2 + 1)
  const answer = await unlessRefused(
    context.library.api.signInEmail({
      body: { email, password },
      headers: libraryHeaders(visitor),
      returnHeaders: true,
    }),
  )
  const person = await context.database.people.findByEmail(email)
  if (answer === undefined || person === undefined) {
    recordRefusal(context, visitor, person?.id, 'password')
    return problem('sign_in_refused')
  }
  counted.succeeded()
  // Set where a second factor is on: there is a cookie for the second step, and no session.
  if ('twoFactorRedirect' in answer.response)
    return { value: { next: 'second_factor' }, setCookies: answer.headers.getSetCookie() }
  return { value: done, setCookies: await signedIn(context, visitor, person, 'password', answer.headers) }
}

async function secondFactor(
  context: PeopleContext,
  visitor: Visitor,
  given: Parameters<People['signInSecondFactor']>[1],
): ReturnType<People['signInSecondFactor']> {
  const { library, database } = context
  // A session that the browser still has must not be taken for the one that is begun.
  const headers = libraryHeaders(visitor, sessionCookie)
  const { personId } = await library.api.secondStep({ headers })
  const person = personId === null ? undefined : await database.people.read(personId)
  if (person === undefined || person.suspended === 1) return problem('sign_in_required')
  const counted = attempt(context, visitor, 'code', { person: person.id, email: person.email })
  if (isProblem(counted)) return counted
  const answer = await ('code' in given
    ? byCode(context, headers, person.id, given.code)
    : unlessRefused(
        library.api.verifyBackupCode({
          body: { code: backupCodeDigest(context, given.backupCode) },
          headers,
          returnHeaders: true,
        }),
      ))
  if (answer === undefined) {
    recordRefusal(context, visitor, person.id, 'code' in given ? 'code' : 'backup_code')
    return problem('second_factor_refused')
  }
  counted.succeeded()
  const method = 'code' in given ? 'password_and_code' : 'password_and_backup_code'
  return { value: done, setCookies: await signedIn(context, visitor, person, method, answer.headers) }
}

/** The step is used up here, since the library would accept a code again; the library judges the challenge and counts what is wrong. */
async function byCode(
  context: PeopleContext,
  headers: Headers,
  personId: string,
  code: string,
): Promise<{ readonly headers: Headers } | undefined> {
  const taken = await takeCode(context, personId, code)
  const body = { code: taken ? code.replace(/\s/g, '') : 'refused' }
  return await unlessRefused(context.library.api.verifyTOTP({ body, headers, returnHeaders: true }))
}

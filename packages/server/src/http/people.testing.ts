import { type Problem, problem } from '@keywright/core'
import type { Clock } from '../clock.ts'
import type { Factors, PasskeyRecord, People, Person, SessionRecord, SignInStep, WithCookies } from '../people/port.ts'
import { sessionCookieName } from './session.ts'

/** Someone who can sign in, in a test. */
interface MemoryPerson {
  readonly name: string
  readonly email: string
  readonly password: string
  /** The code of the second factor; absent: none. */
  readonly code?: string
}

/** People in memory, for tests of what lies above the port. */
export interface MemoryPeople extends People {
  add(person: MemoryPerson): Person
  /** Signs a person in and answers the `Cookie` header of the browser. */
  open(personId: string): string
}

interface Account {
  person: Person
  password: string
  code: string | undefined
  passkeys: PasskeyRecord[]
}

const sessionMs = 86_400_000
const tries = 5

/** Makes people in memory, who sign in by password, code and passkey: the passkey's answer is its id. */
export function createMemoryPeople(clock: Clock): MemoryPeople {
  const accounts = new Map<string, Account>()
  const sessions = new Map<string, SessionRecord>()
  const resets = new Map<string, { readonly personId: string; readonly expiresAtMs: number }>()
  const pending = new Map<string, string>()
  const failures = new Map<string, number>()
  let made = 0
  const next = (prefix: string) => `${prefix}${String(++made).padStart(20, '0')}`
  const get = (id: string) => accounts.get(id)
  const all = () => [...accounts.values()]
  const byEmail = (email: string) => all().find(({ person }) => person.email === email)
  const cookieOf = (headers: Headers, name: string) =>
    new RegExp(`(?:^|; )${name}=([^;]*)`).exec(headers.get('cookie') ?? '')?.[1]
  const line = (name: string, value: string) => `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax`
  const done = (personId: string): WithCookies<SignInStep> => ({
    value: { next: 'done' },
    setCookies: [line(sessionCookieName, begin(personId))],
  })
  const without = <Value>(value: Value): WithCookies<Value> => ({ value, setCookies: [] })

  function begin(personId: string): string {
    const id = next('ses_')
    const now = clock.wallMs()
    sessions.set(id, {
      id,
      personId,
      createdAtMs: now,
      lastSeenAtMs: now,
      expiresAtMs: now + sessionMs,
      provedAtMs: now,
      network: null,
      userAgent: null,
    })
    return id
  }

  function refuse<Code extends 'sign_in_refused' | 'second_factor_refused' | 'passkey_refused'>(
    who: string,
    code: Code,
  ): Problem<Code> | (Problem<'too_many_requests'> & { readonly retryAfterSeconds: number }) {
    const count = (failures.get(who) ?? 0) + 1
    failures.set(who, count)
    return count > tries ? { ...problem('too_many_requests'), retryAfterSeconds: 17 } : problem(code)
  }

  function end(personId: string, except: string | null): number {
    const ended = [...sessions.values()].filter((each) => each.personId === personId && each.id !== except)
    for (const { id } of ended) sessions.delete(id)
    return ended.length
  }

  function change(personId: string, changed: Partial<Person>): Person | Problem<'person_not_found'> {
    const account = get(personId)
    if (account === undefined) return problem('person_not_found')
    account.person = { ...account.person, ...changed }
    return account.person
  }

  const insert = ({ name, email, password, code }: MemoryPerson): Person => {
    const person = { id: next('per_'), name, email, language: null, suspended: false, createdAtMs: clock.wallMs() }
    accounts.set(person.id, { person, password, code, passkeys: [] })
    return person
  }

  return {
    providers: [{ id: 'example', label: 'Example' }],
    add: insert,
    open: (personId) => `${sessionCookieName}=${begin(personId)}`,

    session: async (headers) => {
      const session = sessions.get(cookieOf(headers, sessionCookieName) ?? '')
      const person = session && get(session.personId)?.person
      return session === undefined || person === undefined || person.suspended ? undefined : { session, person }
    },
    signOut: async ({ headers }) => {
      sessions.delete(cookieOf(headers, sessionCookieName) ?? '')
      return { value: null, setCookies: [`${line(sessionCookieName, '')}; Max-Age=0`] }
    },
    sessions: async (personId) => [...sessions.values()].filter((each) => each.personId === personId),
    endSession: async (_, personId, id) => {
      if (sessions.get(id)?.personId !== personId) return problem('session_not_found')
      sessions.delete(id)
      return null
    },
    endSessions: async (_, personId, except) => end(personId, except),
    prove: async (_, { session, person }, proof) => {
      const account = get(person.id)
      const isRight =
        'password' in proof
          ? proof.password === account?.password
          : 'code' in proof && account?.code !== undefined && proof.code === account.code
      if (!isRight) return refuse(person.email, 'password' in proof ? 'sign_in_refused' : 'second_factor_refused')
      sessions.set(session.id, { ...session, provedAtMs: clock.wallMs() })
      return { provedAtMs: clock.wallMs() }
    },
    passkeyProofOptions: async () => without({ challenge: 'proof' }),

    signIn: async (_, { email, password }) => {
      const account = byEmail(email)
      if (account === undefined || account.person.suspended || account.password !== password)
        return refuse(email, 'sign_in_refused')
      if (account.code === undefined) return done(account.person.id)
      const id = next('two_')
      pending.set(id, account.person.id)
      return { value: { next: 'second_factor' }, setCookies: [line('__Host-keywright_second', id)] }
    },
    signInSecondFactor: async ({ headers }, given) => {
      const personId = pending.get(cookieOf(headers, '__Host-keywright_second') ?? '')
      if (personId === undefined) return problem('sign_in_required')
      return 'code' in given && given.code === get(personId)?.code
        ? done(personId)
        : refuse(personId, 'second_factor_refused')
    },
    passkeySignInOptions: async () => ({
      value: { challenge: 'sign-in' },
      setCookies: [line('__Host-keywright_passkey', 'x')],
    }),
    signInWithPasskey: async (_, response) => {
      const id = (response as { readonly id?: unknown }).id
      const account = all().find(({ passkeys }) => passkeys.some((passkey) => passkey.id === id))
      return account === undefined ? refuse('passkeys', 'passkey_refused') : done(account.person.id)
    },
    startProvider: async (_, providerId, returnTo) =>
      providerId === 'example'
        ? { value: { url: `https://id.example/?to=${returnTo}` }, setCookies: [line('__Host-keywright_state', 'x')] }
        : problem('provider_not_found'),
    finishProvider: async (request) => without({ location: new URL(request.url).searchParams.get('state') ?? '/' }),

    read: async (personId) => get(personId)?.person,
    findByEmail: async (email) => byEmail(email)?.person,
    readAll: async (ids) =>
      new Map(all().flatMap(({ person }) => (ids.includes(person.id) ? [[person.id, person]] : []))),
    list: async ({ search = '' }) => ({
      items: all().flatMap(({ person }) => (person.email.includes(search) ? [person] : [])),
      nextCursor: null,
    }),
    create: async (_, given) => {
      if (given.password.length < 12) return problem('password_not_allowed', 'At least 12 characters.')
      return byEmail(given.email) === undefined ? insert(given) : problem('person_exists')
    },
    signInNew: async (_, person) => done(person.id),
    update: async (_, personId, { name, language }) =>
      change(personId, { ...(name === undefined ? {} : { name }), ...(language === undefined ? {} : { language }) }),
    suspend: async (_, personId) => {
      if (get(personId)?.person.suspended) return problem('person_suspended')
      end(personId, null)
      return change(personId, { suspended: true })
    },
    resume: async (_, personId) =>
      get(personId)?.person.suspended === false
        ? problem('person_not_suspended')
        : change(personId, { suspended: false }),

    factors: async (personId): Promise<Factors> => ({
      password: true,
      totp: get(personId)?.code !== undefined,
      backupCodesLeft: 0,
      passkeys: get(personId)?.passkeys ?? [],
      providers: [],
    }),
    setPassword: async (_, { person, session }, { current, password }) => {
      const account = get(person.id)
      if (account === undefined || account.password !== current) return refuse(person.email, 'sign_in_refused')
      if (password.length < 12) return problem('password_not_allowed')
      account.password = password
      end(person.id, session.id)
      return null
    },
    issueReset: async (_, personId) => {
      if (get(personId) === undefined) return problem('person_not_found')
      const token = next('reset-')
      const issued = { personId, expiresAtMs: clock.wallMs() + 3_600_000 }
      resets.set(token, issued)
      return { token, expiresAtMs: issued.expiresAtMs }
    },
    completeReset: async (_, { token, password }) => {
      const account = get(resets.get(token)?.personId ?? '')
      if (account === undefined) return problem('reset_closed')
      if (password.length < 12) return problem('password_not_allowed')
      resets.delete(token)
      account.password = password
      end(account.person.id, null)
      return null
    },
    startTotp: async () => ({ secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Example?secret=JBSWY3DPEHPK3PXP' }),
    confirmTotp: async (_, { person }, code) => {
      const account = get(person.id)
      if (account !== undefined) account.code = code
      return { backupCodes: ['one', 'two'] }
    },
    removeTotp: async (_, { person }) => {
      const account = get(person.id)
      if (account?.code === undefined) return problem('second_factor_conflict')
      account.code = undefined
      return null
    },
    newBackupCodes: async () => ({ backupCodes: ['three', 'four'] }),
    passkeyRegistrationOptions: async () => without({ challenge: 'registration' }),
    addPasskey: async (_, { person }, { name }) => {
      const passkey = { id: next('pas_'), name, createdAtMs: clock.wallMs() }
      get(person.id)?.passkeys.push(passkey)
      return passkey
    },
    renamePasskey: async (_, personId, passkeyId, name) => {
      const account = get(personId)
      const passkey = account?.passkeys.find((each) => each.id === passkeyId)
      if (account === undefined || passkey === undefined) return problem('passkey_not_found')
      const renamed = { ...passkey, name }
      account.passkeys = account.passkeys.map((each) => (each.id === passkeyId ? renamed : each))
      return renamed
    },
    removePasskey: async (_, personId, passkeyId) => {
      const account = get(personId)
      if (account?.passkeys.some((each) => each.id === passkeyId) !== true) return problem('passkey_not_found')
      account.passkeys = account.passkeys.filter((each) => each.id !== passkeyId)
      return null
    },
  }
}

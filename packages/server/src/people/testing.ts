import { isProblem } from '@keywright/core'
import { vi } from 'vitest'
import { headReader } from '../storage/log/head.ts'
import { logOf } from '../storage/log/log.ts'
import type { Caller, LogEntry } from '../storage/ports.ts'
import { signInDatabase } from '../storage/sign-in-database.ts'
import { openTestStore, type TestClock, type TestDatabaseKind, testRandomBytes } from '../storage/testing.ts'
import { openPeople } from './open.ts'
import type { People, Person, SignedIn, Visitor } from './port.ts'
import type { OidcProvider } from './providers.ts'

/** A browser of a test: it keeps the cookies that it is given. */
export interface Browser {
  readonly cookies: Map<string, string>
  /** Every `Set-Cookie` line that it was given. */
  readonly lines: string[]
  visitor(): Visitor
  headers(): Headers
  /** Takes an answer's cookies and gives its value; throws on a problem. */
  take<Value>(
    answer: { readonly value: Value; readonly setCookies: readonly string[] } | { readonly problem: string },
  ): Value
}

/** Makes a browser at an address. */
export function openBrowser(address = '192.0.2.7'): Browser {
  const cookies = new Map<string, string>()
  const lines: string[] = []
  const headers = (): Headers =>
    new Headers({
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'user-agent': 'Test browser',
      'keywright-network': 'forged',
      'x-forwarded-for': '203.0.113.9',
    })
  return {
    cookies,
    lines,
    headers,
    visitor: () => ({ headers: headers(), address, requestId: 'request-1' }),
    take: (answer) => {
      if ('problem' in answer) throw new Error(`refused: ${answer.problem}`)
      for (const line of answer.setCookies) {
        lines.push(line)
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (/; Max-Age=0/i.test(line)) cookies.delete(name)
        else cookies.set(name, value)
      }
      return answer.value
    },
  }
}

/** The clock of a test, which the library's `Date` follows. */
function steeredClock(): TestClock {
  const startMs = Date.UTC(2026, 10, 20, 12)
  let passedMs = 0
  vi.useFakeTimers({ toFake: ['Date'], now: startMs })
  return {
    wallMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    advance: (ms) => {
      passedMs += ms
      vi.setSystemTime(startMs + passedMs)
    },
  }
}

/** A good password. */
export const goodPassword = 'seven quiet herons'

/** An operator who acts on people. */
export const operator: Caller = { actor: { kind: 'operator', id: 'per_operator' }, requestId: 'request-2' }

/** Everything about people on an empty database. */
export async function openTestPeople(
  kind: TestDatabaseKind,
  options: { readonly oidc?: OidcProvider; readonly publicUrl?: string } = {},
) {
  const clock = steeredClock()
  const store = await openTestStore({ kind, clock })
  const log = logOf(store, headReader(store.database, store.log.signer, clock))
  const reports: string[] = []
  const people: People = openPeople({
    database: signInDatabase(store),
    publicUrl: options.publicUrl ?? 'https://keys.example.com',
    productName: 'Example',
    secret: new Uint8Array(32).fill(7),
    clock,
    randomBytes: testRandomBytes(2),
    record: log.record,
    oidc: options.oidc ?? null,
    report: (message) => void reports.push(message),
    defer: (work) => work(),
  })
  return {
    people,
    store,
    clock,
    reports,
    /** Every event so far; those that are written beside an answer included. */
    events: async (): Promise<readonly LogEntry[]> => {
      await store.transact(async () => ({ result: null, keep: false }))
      const page = await log.list({}, { limit: 200 })
      if (isProblem(page)) throw new Error(page.problem)
      return page.items
    },
    person: async (email = 'ada@example.com'): Promise<Person> => {
      const made = await people.create(operator, { name: 'Ada', email, password: goodPassword })
      if (isProblem(made)) throw new Error(made.problem)
      return made
    },
    /** Signs a browser in by password. */
    enter: async (browser: Browser, email = 'ada@example.com', password = goodPassword): Promise<SignedIn> => {
      browser.take(await people.signIn(browser.visitor(), { email, password }))
      return await present(people, browser)
    },
    close: async () => {
      vi.useRealTimers()
      // What is written beside an answer ends first.
      await store.transact(async () => ({ result: null, keep: false }))
      await store.close()
    },
  }
}

export type TestPeople = Awaited<ReturnType<typeof openTestPeople>>

/** Who is signed in in a browser; throws where nobody is. */
export async function present(people: People, browser: Browser): Promise<SignedIn> {
  const signedIn = await people.session(browser.headers())
  if (signedIn === undefined) throw new Error('nobody is signed in')
  return signedIn
}

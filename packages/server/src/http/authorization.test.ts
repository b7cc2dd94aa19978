import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { People } from '../people/port.ts'
import { testClock, testConfig } from '../storage/testing.ts'
import type { Identity } from './actor.ts'
import { authorize } from './authorization.ts'
import { createMemoryPeople } from './people.testing.ts'
import { parametersOf, type Route } from './route.ts'
import { routes } from './table.ts'
import {
  fromBrowser,
  guardedStorage,
  managedSource,
  openTestServer,
  type Rights,
  type TestServer,
  testDeps,
} from './testing.ts'

const own = 'acc_own'
const all = ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'].map(
  (verb) => `apikeys.${verb}`,
)
const key = (accountId: string, permissions: readonly string[]): Identity => ({
  kind: 'key',
  id: 'key_caller',
  accountId,
  lineageId: 'lin_1',
  grant: { permissions },
})
const member = (accountId: string, role: string): Identity => ({ kind: 'member', id: 'mem_1', accountId, role })

const identities = {
  verify: { kind: 'verify', id: 'cred_v', environment: 'live', audiences: ['api'] },
  operator: { kind: 'operator', id: 'cred_o' },
  keyThatViews: key(own, ['apikeys.view']),
  keyThatManages: key(own, all),
  ordinaryKey: key(own, ['jobs.view', 'jobs.create']),
  foreignKey: key('acc_other', all),
  // Whose kind has no business on any of these routes gets the same answer wherever it knocks.
  foreignOrdinaryKey: key('acc_other', ['jobs.view']),
  admin: member(own, 'admin'),
  viewer: member(own, 'viewer'),
  unknownRole: member(own, 'gone'),
  foreignAdmin: member('acc_other', 'admin'),
} as const satisfies Record<string, Identity>

/** Signed-in people: as whom they act, and the kind of caller that they then are. */
const sessions = {
  sessionOperator: { acting: 'operator', as: 'operator' },
  sessionAdmin: { acting: own, as: 'admin' },
  sessionViewer: { acting: own, as: 'viewer' },
  sessionUnknownRole: { acting: own, as: 'unknownRole' },
  sessionForeignAdmin: { acting: 'acc_other', as: 'foreignAdmin' },
  /** Acts for an account that the membership in it was suspended of. */
  sessionSuspended: { acting: own, as: 'outsider' },
  sessionOutsider: { acting: own, as: 'outsider' },
  sessionNobody: { acting: undefined, as: 'nobody' },
  /** Says to be an operator without being one. */
  sessionPretender: { acting: 'operator', as: 'nobody' },
  /** Signed in more than ten minutes ago. */
  staleOperator: { acting: 'operator', as: 'operator' },
  staleAdmin: { acting: own, as: 'admin' },
  staleViewer: { acting: own, as: 'viewer' },
} as const
type SessionCaller = keyof typeof sessions

type Caller = keyof typeof identities | SessionCaller | 'anonymous' | 'garbage' | 'endedSession'
const callers: readonly Caller[] = [
  'anonymous',
  'garbage',
  'endedSession',
  ...(Object.keys(identities) as (keyof typeof identities)[]),
  ...(Object.keys(sessions) as SessionCaller[]),
]

/** Who gets through, in the account that the route is about. Everybody else who is known gets 403, of another account 404. */
const classes = {
  open: callers,
  operators: ['operator'],
  verifiers: ['verify', 'operator'],
  view: ['operator', 'keyThatViews', 'keyThatManages', 'admin', 'viewer'],
  manage: ['operator', 'keyThatManages', 'admin'],
  // Not about one account: who comes from elsewhere sees its own.
  viewAnywhere: ['operator', 'keyThatViews', 'keyThatManages', 'foreignKey', 'admin', 'viewer', 'foreignAdmin'],
  viewLog: ['operator', 'admin', 'viewer', 'foreignAdmin'],
  // Of all keys of an account, those included that a managing key may not see.
  overview: ['operator', 'admin', 'viewer'],
  seeMembers: ['operator', 'admin', 'viewer'],
  manageMembers: ['operator', 'admin'],
  // The route is about the very member who calls: whoever it is may leave, whatever the role.
  manageOrLeave: ['operator', 'admin', 'viewer', 'unknownRole'],
  // Whoever is signed in, whatever else they may.
  persons: Object.keys(sessions) as SessionCaller[],
} as const satisfies Record<string, readonly Caller[]>

/** The matrix, said once more and by hand: a route without an entry fails. */
const expected: Readonly<Record<string, keyof typeof classes>> = {
  createAccount: 'operators',
  listAccounts: 'operators',
  readAccount: 'seeMembers',
  updateAccount: 'manageMembers',
  deleteAccount: 'operators',
  suspendAccount: 'operators',
  resumeAccount: 'operators',
  createMember: 'manageMembers',
  listMembers: 'seeMembers',
  readMember: 'seeMembers',
  updateMember: 'manageMembers',
  deleteMember: 'manageOrLeave',
  changeKeys: 'viewAnywhere',
  createKey: 'manage',
  listKeys: 'view',
  readKey: 'view',
  updateKey: 'manage',
  deleteKey: 'manage',
  pauseKey: 'manage',
  reactivateKey: 'manage',
  revokeKey: 'manage',
  rotateKey: 'manage',
  setKeyOverride: 'operators',
  clearKeyOverride: 'operators',
  readKeyUsage: 'view',
  listKeyActivity: 'view',
  listKeyEvents: 'view',
  listNotices: 'overview',
  createWebhook: 'manageMembers',
  listWebhooks: 'manageMembers',
  updateWebhook: 'manageMembers',
  deleteWebhook: 'manageMembers',
  rotateWebhookSecret: 'manageMembers',
  testWebhook: 'manageMembers',
  listWebhookDeliveries: 'manageMembers',
  replayWebhookDelivery: 'manageMembers',
  replayWebhook: 'manageMembers',
  createInstallationWebhook: 'operators',
  listInstallationWebhooks: 'operators',
  updateInstallationWebhook: 'operators',
  deleteInstallationWebhook: 'operators',
  rotateInstallationWebhookSecret: 'operators',
  testInstallationWebhook: 'operators',
  listInstallationWebhookDeliveries: 'operators',
  replayInstallationWebhookDelivery: 'operators',
  replayInstallationWebhook: 'operators',
  listEvents: 'viewLog',
  readConfig: 'open',
  createCredential: 'operators',
  listCredentials: 'operators',
  deleteCredential: 'operators',
  readSignIn: 'open',
  signIn: 'open',
  signInSecondFactor: 'open',
  startPasskeySignIn: 'open',
  signInWithPasskey: 'open',
  startProviderSignIn: 'open',
  finishProviderSignIn: 'open',
  requestPasswordReset: 'open',
  completePasswordReset: 'open',
  readSession: 'persons',
  signOut: 'persons',
  proveSession: 'persons',
  startPasskeyProof: 'persons',
  listSessions: 'persons',
  endSession: 'persons',
  endOtherSessions: 'persons',
  updatePerson: 'persons',
  readFactors: 'persons',
  setPassword: 'persons',
  startTotp: 'persons',
  confirmTotp: 'persons',
  removeTotp: 'persons',
  createBackupCodes: 'persons',
  startPasskey: 'persons',
  addPasskey: 'persons',
  renamePasskey: 'persons',
  removePasskey: 'persons',
  awaitChanges: 'overview',
  readKeySummary: 'overview',
  findKey: 'view',
  listInvitations: 'manageMembers',
  createInvitation: 'manageMembers',
  renewInvitation: 'manageMembers',
  deleteInvitation: 'manageMembers',
  lookAtInvitation: 'open',
  acceptInvitation: 'open',
  listOperators: 'operators',
  listPlans: 'operators',
  deleteOperator: 'operators',
  listOperatorInvitations: 'operators',
  createOperatorInvitation: 'operators',
  renewOperatorInvitation: 'operators',
  deleteOperatorInvitation: 'operators',
  listPeople: 'operators',
  suspendPerson: 'operators',
  resumePerson: 'operators',
  endSessionsOfPerson: 'operators',
  makePasswordLink: 'operators',
  showSetup: 'open',
  completeSetup: 'open',
  readHealth: 'open',
  readReadiness: 'open',
  readMetrics: 'verifiers',
  listProblems: 'open',
  showProblem: 'open',
  readOpenapi: 'open',
  showReference: 'open',
  showHelp: 'open',
}

/** What asks a browser for a fresh proof, said once more and by hand. */
const sensitive: ReadonlySet<string> = new Set([
  'createWebhook',
  'updateWebhook',
  'updateInstallationWebhook',
  'rotateWebhookSecret',
  'createInstallationWebhook',
  'rotateInstallationWebhookSecret',
  'deleteAccount',
  'suspendAccount',
  'createMember',
  'updateMember',
  'deleteMember',
  'createKey',
  'rotateKey',
  'changeKeys',
  'createCredential',
  'deleteCredential',
  'setPassword',
  'startTotp',
  'confirmTotp',
  'removeTotp',
  'createBackupCodes',
  'startPasskey',
  'addPasskey',
  'renamePasskey',
  'removePasskey',
  'createInvitation',
  'renewInvitation',
  'deleteOperator',
  'createOperatorInvitation',
  'renewOperatorInvitation',
  'deleteOperatorInvitation',
  'suspendPerson',
  'resumePerson',
  'endSessionsOfPerson',
  'makePasswordLink',
])

const values: Readonly<Record<string, string>> = {
  account: own,
  key: 'key_target',
  member: 'mem_1',
  credential: 'cred_1',
  token: 'a'.repeat(32),
  code: 'forbidden',
  person: 'per_1',
  session: 'ses_1',
  passkey: 'pas_1',
  provider: 'example',
  invitation: 'inv_1',
  operator: 'per_1',
  webhook: 'whk_1',
  delivery: 'msg_1',
}
const pathOf = ({ spec }: Route, replaced: Readonly<Record<string, string>> = values): string =>
  spec.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => replaced[name] ?? '')

const isAboutAnAccount = ({ spec }: Route): boolean => ['account', 'key'].includes(parametersOf(spec.path)[0] ?? '')
const isKnown = (caller: Caller): caller is keyof typeof identities => Object.hasOwn(identities, caller)
const isSession = (caller: Caller): caller is SessionCaller => Object.hasOwn(sessions, caller)

/** `through`: any answer that only comes after the authorization. */
function expectedOf(route: Route, caller: Caller): number | 'through' {
  const kind = expected[route.spec.operationId] as keyof typeof classes
  const allowed: readonly Caller[] = classes[kind]
  if (isSession(caller) && kind !== 'open') {
    const as: string = kind === 'persons' ? 'person' : sessions[caller].as
    const got = as === 'person' ? 'through' : as === 'outsider' ? outsider(route) : expectedOf(route, as as Caller)
    // An account's own member who may not is told so; one who has to prove who they are first, learns that alone.
    return got === 'through' && caller.startsWith('stale') && sensitive.has(route.spec.operationId) ? 403 : got
  }
  if (allowed.includes(caller)) return 'through'
  if (caller === ('nobody' as Caller)) return 403
  if (!isKnown(caller)) return 401
  const foreign = caller === 'foreignKey' || caller === 'foreignAdmin'
  return foreign && isAboutAnAccount(route) ? 404 : 403
}

const outsider = (route: Route): number => (isAboutAnAccount(route) ? 404 : 403)

const reached: string[] = []
const clock = testClock()
const memory = createMemoryPeople(clock)
const rights: Rights = { operators: new Set(), members: new Map() }
const cookies = new Map<Caller, string>()

/** Signs everybody in; people of memberships get those of their kind. */
function signIn(caller: SessionCaller): void {
  const { id } = memory.add({ name: caller, email: `${caller}@example.com`, password: 'a long enough one' })
  const { as } = sessions[caller]
  if (as === 'operator') rights.operators.add(id)
  if (as === 'admin' || as === 'viewer' || as === 'unknownRole' || as === 'foreignAdmin') {
    const { accountId, role } = identities[as] as Extract<Identity, { kind: 'member' }>
    rights.members.set(id, [{ id: 'mem_1', accountId, role, state: 'active' }])
  }
  if (caller === 'sessionSuspended')
    rights.members.set(id, [{ id: 'mem_1', accountId: own, role: 'admin', state: 'suspended' }])
  cookies.set(caller, memory.open(id))
}

/** People of whom only the sessions are told; whatever else is asked of them is taken down. */
const guardedPeople = new Proxy(memory, {
  get: (target, name) => {
    if (name === 'session' || name === 'providers') return Reflect.get(target, name)
    return async () => {
      reached.push(`people.${String(name)}`)
      return { problem: 'unavailable' }
    }
  },
}) as People
let server: TestServer
beforeAll(async () => {
  const storage = guardedStorage(
    new Map([
      ['key_target', { accountId: own }],
      ['key_caller', { accountId: own }],
    ]),
    reached,
    rights,
  )
  for (const caller of Object.keys(sessions) as SessionCaller[]) if (caller.startsWith('stale')) signIn(caller)
  clock.advance(600_001)
  for (const caller of Object.keys(sessions) as SessionCaller[]) if (!caller.startsWith('stale')) signIn(caller)
  cookies.set('endedSession', '__Host-keywright_session=ses_of_nobody')
  server = await openTestServer(testDeps({ identities, storage, people: guardedPeople, clock }))
})
afterAll(() => server.close())

const send = (route: Route, caller: Caller, path = pathOf(route)) =>
  server.send(route.spec.method.toUpperCase(), path, {
    ...(caller === 'anonymous' || cookies.has(caller) ? {} : { token: caller }),
    headers: [['X-Request-Id', 'the-same-request'], ...browserOf(caller)],
  })

const browserOf = (caller: Caller) => {
  const cookie = cookies.get(caller)
  return cookie === undefined ? [] : fromBrowser(cookie, isSession(caller) ? sessions[caller].acting : undefined)
}

describe('T2, T5: the matrix of every route and every kind of caller', () => {
  it('has an entry for each route, and no entry without one', () => {
    expect(Object.keys(expected).sort()).toEqual(routes.map(({ spec }) => spec.operationId).sort())
  })

  it('asks for a fresh proof exactly where something dangerous is done', () => {
    const asking = routes.filter(({ spec }) => spec.sensitive).map(({ spec }) => spec.operationId)
    expect(asking.sort()).toEqual([...sensitive].sort())
  })

  for (const route of routes) {
    it(`${route.spec.method} ${route.spec.path}`, async () => {
      for (const caller of callers) {
        reached.length = 0
        const { status, json } = await send(route, caller)
        const wanted = expectedOf(route, caller)
        const got = [401, 403].includes(status) || (status === 404 && wanted === 404) ? status : 'through'
        expect({ caller, got }).toEqual({ caller, got: wanted })
        if (wanted !== 'through') expect(reached).toEqual([])
        if (caller === 'staleOperator' && sensitive.has(route.spec.operationId))
          expect(json()['code']).toBe('reauthentication_required')
      }
    })
  }
})

describe('absence and prohibition look the same', () => {
  for (const route of routes.filter((each) => each.spec.permission !== 'public' && isAboutAnAccount(each))) {
    it(`another account's and nobody's: ${route.spec.method} ${route.spec.path}`, async () => {
      const nobodys = pathOf(route, { ...values, account: 'acc_none', key: 'key_none' })
      const shapeless = pathOf(route, { ...values, account: '%00', key: `${'k'.repeat(80)}` })
      for (const caller of ['foreignKey', 'foreignAdmin'] as const) {
        const [other, none, strange] = await Promise.all([
          send(route, caller),
          send(route, caller, nobodys),
          send(route, caller, shapeless),
        ])
        expect({ status: other.status, text: other.text }).toEqual({ status: none.status, text: none.text })
        expect({ status: strange.status, text: strange.text }).toEqual({ status: none.status, text: none.text })
        expect(headersOf(other)).toEqual(headersOf(none))
      }
    })
  }
})

const headersOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) => ({ ...headers, date: null })

describe('U4: no name of a permission makes anyone more than it is', () => {
  it('does not let a key with every permission of every name do what operators do', async () => {
    const grant = { permissions: [...all, 'operator.view', 'accounts.create', 'admin.all'] }
    const strong: Identity = { kind: 'key', id: 'key_caller', accountId: own, lineageId: 'lin_1', grant }
    const plane = await openTestServer(testDeps({ identities: { strong } }))
    expect((await plane.send('GET', '/v1/accounts', { token: 'strong' })).status).toBe(403)
    expect((await plane.send('GET', '/v1/credentials', { token: 'strong' })).status).toBe(403)
    await plane.close()
  })
})

describe('the decision itself, whatever the gate before it read', () => {
  const config = testConfig(managedSource)
  const target = { kind: 'account', accountId: own, notFound: 'key_not_found' } as const

  it('T5: answers a key that manages nothing the same in its own account, in another and about nothing', () => {
    for (const identity of [identities.ordinaryKey, identities.foreignOrdinaryKey]) {
      for (const about of [target, { kind: 'missing', notFound: 'key_not_found' }, { kind: 'none' }] as const) {
        expect(authorize(config, { key: 'view' }, identity, about)?.problem).toBe('forbidden')
      }
    }
  })

  it('U4: gives an unrestricted key no right over keys where the configuration marks no resource', () => {
    const unrestricted: Identity = {
      kind: 'key',
      id: 'key_1',
      accountId: own,
      lineageId: 'lin_1',
      grant: 'unrestricted',
    }
    expect(authorize(config, { key: 'view' }, unrestricted, target)).toBeUndefined()
    expect(authorize(testConfig(), { key: 'view' }, unrestricted, target)?.problem).toBe('forbidden')
    expect(authorize(config, 'operator', unrestricted, { kind: 'none' })?.problem).toBe('forbidden')
  })

  it('T15: gives a member whose role is gone nothing', () => {
    expect(authorize(config, { key: 'view' }, identities.unknownRole, target)?.problem).toBe('forbidden')
    expect(authorize(config, { members: 'view' }, identities.unknownRole, target)?.problem).toBe('forbidden')
  })
})

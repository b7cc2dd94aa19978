import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testConfig } from '../storage/testing.ts'
import type { Identity } from './actor.ts'
import { authorize } from './authorization.ts'
import { parametersOf, type Route } from './route.ts'
import { routes } from './table.ts'
import { guardedStorage, managedSource, openTestServer, type TestServer, testDeps } from './testing.ts'

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

type Caller = keyof typeof identities | 'anonymous' | 'garbage'
const callers: readonly Caller[] = ['anonymous', 'garbage', ...(Object.keys(identities) as (keyof typeof identities)[])]

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
  seeMembers: ['operator', 'admin', 'viewer'],
  manageMembers: ['operator', 'admin'],
} as const satisfies Record<string, readonly Caller[]>

/** The matrix, said once more and by hand: a route without an entry fails. */
const expected: Readonly<Record<string, keyof typeof classes>> = {
  createAccount: 'operators',
  listAccounts: 'operators',
  readAccount: 'seeMembers',
  updateAccount: 'operators',
  deleteAccount: 'operators',
  suspendAccount: 'operators',
  resumeAccount: 'operators',
  createMember: 'manageMembers',
  listMembers: 'seeMembers',
  readMember: 'seeMembers',
  updateMember: 'manageMembers',
  deleteMember: 'manageMembers',
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
  listEvents: 'viewLog',
  readConfig: 'open',
  createCredential: 'operators',
  listCredentials: 'operators',
  deleteCredential: 'operators',
  showSetup: 'open',
  completeSetup: 'open',
  readHealth: 'open',
  readReadiness: 'open',
  readMetrics: 'verifiers',
  listProblems: 'open',
  showProblem: 'open',
  readOpenapi: 'open',
  showReference: 'open',
}

const values: Readonly<Record<string, string>> = {
  account: own,
  key: 'key_target',
  member: 'mem_1',
  credential: 'cred_1',
  token: 'a'.repeat(32),
  code: 'forbidden',
}
const pathOf = ({ spec }: Route, replaced: Readonly<Record<string, string>> = values): string =>
  spec.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => replaced[name] ?? '')

const isAboutAnAccount = ({ spec }: Route): boolean => ['account', 'key'].includes(parametersOf(spec.path)[0] ?? '')
const isKnown = (caller: Caller): caller is keyof typeof identities => Object.hasOwn(identities, caller)

/** `through`: any answer that only comes after the authorization. */
function expectedOf(route: Route, caller: Caller): number | 'through' {
  const allowed: readonly Caller[] = classes[expected[route.spec.operationId] as keyof typeof classes]
  if (allowed.includes(caller)) return 'through'
  if (!isKnown(caller)) return 401
  const foreign = caller === 'foreignKey' || caller === 'foreignAdmin'
  return foreign && isAboutAnAccount(route) ? 404 : 403
}

const reached: string[] = []
let server: TestServer
beforeAll(async () => {
  const storage = guardedStorage(
    new Map([
      ['key_target', { accountId: own }],
      ['key_caller', { accountId: own }],
    ]),
    reached,
  )
  server = await openTestServer(testDeps({ identities, storage }))
})
afterAll(() => server.close())

const send = (route: Route, caller: Caller, path = pathOf(route)) =>
  server.send(route.spec.method.toUpperCase(), path, {
    ...(caller === 'anonymous' ? {} : { token: caller }),
    headers: [['X-Request-Id', 'the-same-request']],
  })

describe('T2, T5: the matrix of every route and every kind of caller', () => {
  it('has an entry for each route, and no entry without one', () => {
    expect(Object.keys(expected).sort()).toEqual(routes.map(({ spec }) => spec.operationId).sort())
  })

  for (const route of routes) {
    it(`${route.spec.method} ${route.spec.path}`, async () => {
      for (const caller of callers) {
        reached.length = 0
        const { status } = await send(route, caller)
        const wanted = expectedOf(route, caller)
        const got = [401, 403].includes(status) || (status === 404 && wanted === 404) ? status : 'through'
        expect({ caller, got }).toEqual({ caller, got: wanted })
        if (wanted !== 'through') expect(reached).toEqual([])
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

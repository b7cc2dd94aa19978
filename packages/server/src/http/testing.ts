import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type KeywrightConfig, problem } from '@keywright/core'
import type { MemberRecord, Storage } from '../storage/ports.ts'
import type { Membership } from '../storage/ports-team.ts'
import { testClock, testConfig, testSource } from '../storage/testing.ts'
import type { Identity } from './actor.ts'
import { type AppDeps, createApp } from './app.ts'
import { createMemoryPeople } from './people.testing.ts'
import { FailureThrottle } from './throttle.ts'

/** What a test server answered. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON; throws where it is none. */
  readonly json: () => Record<string, unknown>
}

/** One request, sent as it is: headers in pairs may repeat a name. */
export interface Sent {
  readonly token?: string
  readonly headers?: readonly (readonly [string, string])[]
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown
}

/** A management plane behind a real server on a port of its own. */
export interface TestServer {
  readonly url: string
  send(method: string, path: string, sent?: Sent): Promise<Answered>
  close(): Promise<void>
}

/** A line of the log as the plane wrote it. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly message: string }

/** The small configuration of the storage's tests with a resource that manages keys, and roles. */
export const managedSource: KeywrightConfig = {
  ...testSource,
  resources: [
    ...(testSource.resources ?? []),
    {
      id: 'apikeys',
      label: 'API keys',
      manages: 'keys',
      verbs: ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'],
      levels: [{ id: 'read', label: 'Read', verbs: ['view'] }],
    },
  ],
  roles: [
    {
      id: 'admin',
      label: 'Admin',
      may: ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'],
      managesMembers: true,
    },
    { id: 'viewer', label: 'Viewer', may: ['view'] },
  ],
  actions: {
    pause: { label: 'Pause', confirm: 'none' },
    reactivate: { label: 'Reactivate', confirm: 'none' },
    revoke: { label: 'Revoke', confirm: 'dialog' },
    rotate: { label: 'Rotate', confirm: 'dialog' },
    delete: { label: 'Delete', confirm: 'dialog' },
  },
}

/** What of people's rights a guarded store knows: by a person's id. Tests change it as they go. */
export interface Rights {
  readonly operators: Set<string>
  readonly members: Map<string, readonly Pick<MemberRecord, 'id' | 'accountId' | 'role' | 'state'>[]>
}

function standingOf({
  operators,
  members,
}: Rights): Readonly<Record<string, (...given: string[]) => Promise<unknown>>> {
  const of = (personId: string) => members.get(personId) ?? []
  return {
    'operators.isOperator': async (personId = '') => operators.has(personId),
    'memberships.in': async (personId = '', accountId) =>
      of(personId).find((member) => member.accountId === accountId && member.state === 'active'),
    'memberships.of': async (personId = ''): Promise<readonly Membership[]> =>
      of(personId).map((member) => ({
        member: member as MemberRecord,
        account: { id: member.accountId, name: member.accountId, state: 'active' },
      })),
  }
}

/** A store that is reached by nobody who may not: it knows the given keys and rights, and answers everything else with one telling problem. */
export function guardedStorage(
  keys: ReadonlyMap<string, { readonly accountId: string }>,
  reached: string[] = [],
  rights: Rights = { operators: new Set(), members: new Map() },
): Storage {
  const standing = standingOf(rights)
  const read = async (id: string) => {
    const key = keys.get(id)
    return key === undefined ? problem('key_not_found') : { id, environment: null, grant: { permissions: [] }, ...key }
  }
  const resource = (name: string) =>
    new Proxy(
      {},
      {
        get: (_, method) => {
          if (name === 'keys' && method === 'read') return read
          const known = standing[`${name}.${String(method)}`]
          if (known !== undefined) return known
          return async () => {
            reached.push(`${name}.${String(method)}`)
            return problem('unavailable')
          }
        },
      },
    )
  return new Proxy({}, { get: (_, name) => resource(String(name)) }) as Storage
}

/** Where the planes of these tests say that they are. */
export const testOrigin = 'https://keys.example'

const noMail = () => Promise.reject(new Error('no mail is sent here'))

/** What a browser with a session sends from a page of ours. */
export const fromBrowser = (cookie: string, acting?: string): readonly (readonly [string, string])[] => [
  ['Cookie', cookie],
  ['Origin', testOrigin],
  ['Sec-Fetch-Site', 'same-origin'],
  ...(acting === undefined ? [] : [['Keywright-Acting', acting] as const]),
]

/** What a plane is made from where a test says nothing else. */
export function testDeps(
  given: Partial<AppDeps> & {
    readonly identities?: Readonly<Record<string, Identity>>
    readonly lines?: LogLine[]
  } = {},
): AppDeps {
  const { identities = {}, lines = [], ...rest } = given
  const config = testConfig(managedSource)
  const clock = rest.clock ?? testClock()
  return {
    storage: guardedStorage(new Map()),
    people: createMemoryPeople(clock),
    messages: { mail: false, passwordReset: noMail, invitation: noMail },
    webhookFault: async () => undefined,
    consolePage: async () => null,
    config: () => config,
    configHash: () => 'hash-of-config',
    resolveCredential: async (text) => (Object.hasOwn(identities, text) ? identities[text] : undefined),
    throttle: new FailureThrottle(clock),
    clock,
    log: {
      info: (fields, message) => lines.push({ ...fields, message }),
      error: (fields, message) => lines.push({ ...fields, message }),
    },
    ready: () => ({ ready: true, reasons: [] }),
    metrics: async () => '# no metrics\n',
    settings: {
      publicUrl: testOrigin,
      ownOrigins: [testOrigin],
      bodyBytesMax: 262_144,
      trustedProxies: [],
    },
    ...rest,
  }
}

/** Starts a plane on a port of its own. */
export async function openTestServer(deps: AppDeps): Promise<TestServer> {
  const listener = getRequestListener(createApp(deps).fetch)
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    send: (method, path, sent = {}) => send(port, method, path, sent),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(port: number, method: string, path: string, { token, headers = [], body }: Sent): Promise<Answered> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type')
  const isChunked = headers.some(([name]) => name.toLowerCase() === 'transfer-encoding')
  const pairs = [
    ['Host', `127.0.0.1:${port}`],
    ...(token === undefined ? [] : [['Authorization', `Bearer ${token}`]]),
    ...(text === undefined || isChunked ? [] : [['Content-Length', String(Buffer.byteLength(text))]]),
    ...(text === undefined || hasType ? [] : [['Content-Type', 'application/json']]),
    ...headers,
  ]
  return new Promise((resolve, reject) => {
    const sending = request(
      { port, host: '127.0.0.1', method, path, headers: pairs.flat(), agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const answered = Buffer.concat(chunks).toString()
          const json = () => JSON.parse(answered) as Record<string, unknown>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answered, json })
        })
      },
    )
    sending.on('error', reject)
    sending.end(text)
  })
}

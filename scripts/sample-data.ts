import type { Clock } from '../packages/server/src/clock.ts'

/** Speaks to the server as an operator; an answer that is no success is an error. */
export type Operate = <Answer>(method: string, path: string, body?: unknown, credential?: string) => Promise<Answer>

/** A clock that can be put back, so that what happens now has happened days ago. */
export interface MovableClock extends Clock {
  putBack(byMs: number): void
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Makes a clock that shows the present until it is put back. */
export function movableClock(): MovableClock {
  let behindMs = 0
  return {
    wallMs: () => Date.now() - behindMs,
    monotonicMs: () => performance.now(),
    putBack: (byMs) => {
      behindMs = byMs
    },
  }
}

interface SampleKey {
  readonly daysAgo: number
  readonly body: Readonly<Record<string, unknown>>
  /** How long ago it was last used. */
  readonly quietMinutes: number
  /** How many requests a busy hour has. */
  readonly busy: number
}

const key = (
  daysAgo: number,
  [busy, quietMinutes]: readonly [number, number],
  [name, description]: readonly [string, string],
  more: Readonly<Record<string, unknown>>,
): SampleKey => ({ daysAgo, busy, quietMinutes, body: { type: 'api', name, description, ...more } })

const importGrant = { permissions: ['jobs.view', 'jobs.create', 'integrations.use:ats'] }

const keys: readonly SampleKey[] = [
  key(97, [6, 41], ['Nightly Reports', 'report-runner, secret in the vault'], {
    environment: 'production',
    preset: 'read-only',
  }),
  key(62, [14, 2], ['Careers Page Jobs Feed', 'Website, server-side only'], {
    environment: 'production',
    preset: 'read-only',
  }),
  key(41, [0, 0], ['Old Careers Widget', 'Switched off with the old website'], {
    environment: 'production',
    preset: 'read-only',
  }),
  key(34, [38, 1], ['CRM Sync Production', 'sync-worker, secret in the vault'], {
    environment: 'production',
    preset: 'read-write',
  }),
  key(20, [5, 18], ['Applicant Import', 'Runs on the import host each hour'], {
    environment: 'production',
    grant: importGrant,
  }),
  key(12, [3, 130], ['Release Rehearsal', 'Pipeline of the staging site'], {
    environment: 'staging',
    preset: 'read-write',
  }),
  key(3, [4, 26], ['Local Development', 'Shared by the web team'], {
    environment: 'development',
    preset: 'full-access',
  }),
]

interface Made {
  readonly id: string
  readonly secret: string
  readonly environment: string
}

/** The share of a busy hour that an hour of the day has: a long day with a peak in the afternoon. */
const share = (atMs: number): number =>
  0.12 + 0.88 * Math.max(0, Math.sin(((new Date(atMs).getHours() - 6) / 15) * Math.PI))

/** What one hour asked of a key: mostly what it may do, now and then something that is refused. */
function checksOf({ secret, environment }: Made, count: number, hour: number): readonly (readonly [string, object])[] {
  return Array.from({ length: count }, (_, index) => {
    const odd = index === 3 && hour % 5 === 0
    const lost = index === 5 && hour % 7 === 0
    return [
      lost ? (environment === 'staging' ? 'production' : 'staging') : environment,
      {
        key: secret,
        // Takes nothing of the limits: a day's requests are made within seconds.
        cost: 0,
        ip: `203.0.113.${20 + (index % 3)}`,
        userAgent: 'northwind-sync/3.2',
        permissions: [odd ? 'administration.manage' : 'jobs.view'],
      },
    ] as const
  })
}

async function sendChecks(
  operate: Operate,
  clock: MovableClock,
  made: ReadonlyMap<SampleKey, Made>,
  verifiers: ReadonlyMap<string, string>,
): Promise<void> {
  for (let hour = 24; hour >= 0; hour--) {
    for (const [sample, each] of made) {
      clock.putBack(hour * hourMs + sample.quietMinutes * minuteMs)
      const count = Math.round(sample.busy * share(clock.wallMs()))
      for (const [environment, check] of checksOf(each, count, hour))
        await operate('POST', '/v1/verify', check, verifiers.get(environment))
    }
  }
}

/** Fills an account with keys of some weeks and the requests of a day, and answers the id of the key that is used most. */
export async function makeSampleData(operate: Operate, clock: MovableClock, account: string): Promise<string> {
  const verifiers = new Map<string, string>()
  for (const environment of ['development', 'staging', 'production']) {
    const body = { kind: 'verify', name: `API, ${environment}`, environment, audiences: ['api'] }
    verifiers.set(environment, (await operate<Made>('POST', '/v1/credentials', body)).secret)
  }
  const made = new Map<SampleKey, Made>()
  for (const sample of keys) {
    clock.putBack(sample.daysAgo * dayMs)
    made.set(sample, await operate<Made>('POST', `/v1/accounts/${account}/keys`, sample.body))
  }
  await sendChecks(operate, clock, made, verifiers)
  const byName = (name: string): string => [...made].find(([{ body }]) => body['name'] === name)?.[1].id ?? ''
  clock.putBack(5 * hourMs)
  await operate('POST', `/v1/keys/${byName('Applicant Import')}/rotate`, { overlapSeconds: 86_400 })
  clock.putBack(0)
  await operate('POST', `/v1/keys/${byName('Old Careers Widget')}/revoke`, { reason: 'The widget is gone' })
  return byName('CRM Sync Production')
}

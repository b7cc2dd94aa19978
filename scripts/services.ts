import { accessSync, constants, globSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** A program that some tests need, which nobody has to have. */
export interface Service {
  readonly name: string
  /** The variable through which tests learn where it is; it is absent where the program is. */
  readonly variable: string
  readonly found: string | undefined
  readonly leftOut: string
}

const executable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const onPath = (name: string, path: string | undefined): string[] =>
  (path ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))

/** Versions sort by number, so that 17 comes before 9. */
const newestFirst = (first: string, second: string): number => second.localeCompare(first, 'en', { numeric: true })

/** Proxies in front of an API, and where Debian puts them. */
const gateways = [
  { name: 'nginx', variable: 'KEYWRIGHT_TEST_NGINX', folder: '/usr/sbin' },
  { name: 'haproxy', variable: 'KEYWRIGHT_TEST_HAPROXY', folder: '/usr/sbin' },
  { name: 'caddy', variable: 'KEYWRIGHT_TEST_CADDY', folder: '/usr/bin' },
] as const

/**
 * Looks for chromium (`CHROMIUM_PATH`, else Debian's place), the PostgreSQL server (Debian's places, newest first, else `PATH`)
 * and redis-server, nginx, haproxy and caddy (`PATH`, else Debian's place). A variable that is already set wins. The value for PostgreSQL is the folder of its programs.
 */
export function findServices(environment: Readonly<NodeJS.ProcessEnv>, isExecutable = executable): readonly Service[] {
  const path = environment['PATH']
  const first = (variable: string, candidates: readonly string[]) =>
    environment[variable] || candidates.find(isExecutable)
  const debianPostgres = globSync('/usr/lib/postgresql/*/bin/postgres').sort(newestFirst)
  const postgres = [...debianPostgres, ...onPath('postgres', path)].find(isExecutable)
  const chromium = environment['CHROMIUM_PATH']
  return [
    {
      name: 'chromium',
      variable: 'KEYWRIGHT_TEST_CHROMIUM',
      found: first('KEYWRIGHT_TEST_CHROMIUM', chromium ? [chromium] : ['/usr/bin/chromium']),
      leftOut: 'the tests in a browser',
    },
    {
      name: 'PostgreSQL',
      variable: 'KEYWRIGHT_TEST_POSTGRES',
      found: environment['KEYWRIGHT_TEST_POSTGRES'] || (postgres === undefined ? undefined : dirname(postgres)),
      leftOut: 'the tests on a real PostgreSQL server (PGlite stands for it)',
    },
    {
      name: 'redis-server',
      variable: 'KEYWRIGHT_TEST_REDIS',
      found: first('KEYWRIGHT_TEST_REDIS', [...onPath('redis-server', path), '/usr/bin/redis-server']),
      leftOut: 'the tests on a real Redis server',
    },
    ...gateways.map(({ name, variable, folder }) => ({
      name,
      variable,
      found: first(variable, [...onPath(name, path), `${folder}/${name}`]),
      leftOut: `the test of the guide behind ${name}`,
    })),
  ]
}

/** What to tell the developer about missing services, and whether the run must not go on: where `CI` is `true`, everything has to be there. */
export function judgeServices(
  services: readonly Service[],
  ci: boolean,
): { readonly lines: readonly string[]; readonly fail: boolean } {
  const missing = services.filter((service) => service.found === undefined)
  if (missing.length === 0) return { lines: [], fail: false }
  if (!ci)
    return {
      lines: missing.map((service) => `left out: ${service.leftOut}, because ${service.name} is not here`),
      fail: false,
    }
  const names = missing.map((service) => service.name).join(', ')
  return {
    lines: [
      `CI=true, and there is no ${names}: every test has to run here. Install it with scripts/install-test-services.sh.`,
    ],
    fail: true,
  }
}

import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { commands, optionsOf } from '../packages/server/src/cli/program.ts'
import { flagOf, settingNames, settingTable, variableOf } from '../packages/server/src/setting-table.ts'
import { importsOf } from './house/layers.ts'
import { repository } from './run.ts'

const text = (path: string): string => readFileSync(join(repository, path), 'utf8')

interface Service {
  readonly image: string
  readonly user?: string
  readonly command?: readonly string[]
  readonly entrypoint?: unknown
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly restart?: string
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: unknown
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

const compose = parse(text('compose.yaml'), { merge: true }) as Compose
const services = Object.entries(compose.services)
const containerfile = text('Containerfile')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
const instructions = (name: string): readonly string[] =>
  containerfile.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
const version = /node:(\d+\.\d+\.\d+)-slim/.exec(instructions('ARG')[0] ?? '')?.[1]

const variables = settingNames.flatMap((name) =>
  settingTable[name].secret ? [variableOf(name), `${variableOf(name)}_FILE`] : [variableOf(name)],
)

test('every variable that the container files name is a setting, and secrets are given as files alone', () => {
  const named = ['Containerfile', 'compose.yaml'].flatMap((file) => text(file).match(/\bKEYWRIGHT_\w+/g) ?? [])
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((name) => !variables.includes(name))).toEqual([])
  const secret = settingNames.filter((name) => settingTable[name].secret).map(variableOf)
  for (const [name, { environment = {}, secrets = [] }] of services)
    for (const [variable, value] of Object.entries(environment)) {
      expect(secret, `${name}: ${variable}`).not.toContain(variable)
      if (variable.endsWith('_FILE'))
        expect(secrets, `${name}: ${variable}`).toContain(value.replace('/run/secrets/', ''))
    }
})

test('every command is one of the command line, with flags that it has', () => {
  const [entrypoint] = instructions('ENTRYPOINT').map((line) => JSON.parse(line) as readonly string[])
  const main = 'packages/server/src/cli/main.ts'
  // Which flags, `start-flags.test.ts` says.
  expect(entrypoint?.filter((each) => !each.startsWith('--'))).toEqual(['node', main])
  expect(existsSync(join(repository, main))).toBe(true)
  const standard = instructions('CMD').map((line) => JSON.parse(line) as readonly string[])
  expect(standard).toHaveLength(1)
  const own = services.filter(([, { image }]) => image.startsWith('keywright:'))
  expect(own.map(([name]) => name)).toEqual(['migrate', 'node-1', 'node-2'])
  for (const [name, { command = standard[0], entrypoint: other }] of own) {
    expect(other, name).toBeUndefined()
    const [first, ...rest] = command ?? []
    const spec = commands.find((each) => each.name === first)
    if (spec === undefined || 'commands' in spec) throw new Error(`${name}: there is no command ${first}`)
    const flags = [...optionsOf(spec).map((option) => `--${option.name}`), flagOf('applicationRole')]
    expect(
      rest.filter((each) => each.startsWith('--') && !flags.includes(each)),
      name,
    ).toEqual([])
  }
})

test('every version is pinned, and Node is that of package.json', () => {
  const { devDependencies } = JSON.parse(text('package.json')) as { readonly devDependencies: Record<string, string> }
  expect(version).toBe(devDependencies['node'])
  const { version: ours } = JSON.parse(text('packages/server/package.json')) as { readonly version: string }
  for (const [name, { image }] of services)
    if (image.startsWith('keywright:')) expect(image, name).toBe(`keywright:${ours}`)
    else expect(image, name).toMatch(/^[\w.]+\/[\w/]+:\d+\.\d+(?:\.\d+)?(?:-[a-z]+)?$/)
})

test('nothing runs as root, with rights that it does not need, on a file system that it could change', () => {
  expect(instructions('USER')).toEqual(['1000:1000'])
  const last = containerfile.findIndex((line) => line.startsWith('USER '))
  expect(containerfile.slice(last).filter((line) => /^(?:RUN|COPY|ADD) /.test(line))).toEqual([])
  for (const [name, service] of services) {
    if (!service.image.startsWith('keywright:')) expect(service.user, name).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(service.read_only, name).toBe(true)
    expect(service.cap_drop, name).toEqual(['ALL'])
    expect(service.security_opt, name).toEqual(['no-new-privileges:true'])
    expect(service.restart, name).toBe(name === 'migrate' ? 'no' : 'unless-stopped')
  }
})

test('servers start after the schema was brought up to date, and that after PostgreSQL answers', () => {
  expect(compose.services['migrate']?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
  for (const name of ['node-1', 'node-2'])
    expect(compose.services[name]?.depends_on).toEqual({
      migrate: { condition: 'service_completed_successfully' },
      redis: { condition: 'service_healthy' },
    })
  for (const name of ['postgres', 'redis', 'node-1', 'node-2'])
    expect(compose.services[name]?.healthcheck, name).toBeDefined()
})

test('everything that is copied or mounted is there, and no secret is in the image', () => {
  const copied = instructions('COPY').flatMap((line) => {
    const [from, ...paths] = line.startsWith('--from=') ? line.split(' ') : ['', ...line.split(' ')]
    return from === '' ? paths.slice(0, -1) : []
  })
  for (const path of copied) expect(existsSync(join(repository, path)), path).toBe(true)
  for (const [name, { volumes = [] }] of services)
    for (const volume of volumes)
      if (volume.startsWith('./')) expect(existsSync(join(repository, volume.split(':')[0] as string)), name).toBe(true)
  expect(containerfile.filter((line) => /secret|password|pepper|_KEY\b/i.test(line))).toEqual([])
  expect(text('.dockerignore')).toBe(text('.containerignore'))
  const [first, ...rest] = text('.containerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  expect(first).toBe('*')
  for (const line of rest)
    if (line.startsWith('!')) expect(globSync(line.slice(1), { cwd: repository }), line).not.toEqual([])
  expect(rest.filter((line) => /^!(?:deploy|\.git)/.test(line))).toEqual([])
})

test('the script makes every secret that the services are given, and git keeps none', () => {
  const script = text('deploy/make-secrets.sh')
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    expect(file).toBe(`deploy/secrets/${name}`)
    expect(script, name).toMatch(new RegExp(`(?:for name in .*\\b${name}\\b.*; do|^once ${name} )`, 'm'))
  }
  expect(text('.gitignore')).toContain('/deploy/secrets/')
})

test('the program imports nothing at run time that an installation without development dependencies lacks', () => {
  const { dependencies, devDependencies } = JSON.parse(text('packages/server/package.json')) as {
    readonly dependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const reached = new Set<string>()
  const packages = new Set<string>()
  const follow = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    for (const { target, typeOnly } of importsOf(text(path))) {
      if (typeOnly || target.startsWith('node:')) continue
      if (target.startsWith('.')) follow(join(path, '..', target))
      else if (target === '@keywright/core') follow('packages/core/src/main.ts')
      else
        packages.add(
          target
            .split('/')
            .slice(0, target.startsWith('@') ? 2 : 1)
            .join('/'),
        )
    }
  }
  follow('packages/server/src/cli/main.ts')
  expect(reached.size).toBeGreaterThan(150)
  expect([...reached].filter((path) => /\.test(?:ing)?\.ts$/.test(path))).toEqual([])
  expect([...packages].filter((name) => !(name in dependencies)).sort()).toEqual([])
  expect(packages).toContain('pg')
  expect(Object.keys(devDependencies).filter((name) => packages.has(name))).toEqual([])
})

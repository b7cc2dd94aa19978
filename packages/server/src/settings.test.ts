import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { flagOf, settingNames, settingTable, variableOf } from './setting-table.ts'
import { readSettings, type SettingsSource } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'keywright-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

const long = 'f3a9c1d27b6e48509a1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e'
const read = (environment: SettingsSource['environment'], flags: SettingsSource['flags'] = {}, at = folder) =>
  readSettings({ environment, flags, folder: at })
const problemsOf = (environment: SettingsSource['environment'], flags: SettingsSource['flags'] = {}) => {
  const result = read(environment, flags)
  return result.ok ? [] : result.problems
}
const settingsOf = (environment: SettingsSource['environment'], flags: SettingsSource['flags'] = {}, at = folder) => {
  const result = read(environment, flags, at)
  if (!result.ok) throw new Error(result.problems.join('\n'))
  return result.settings
}

describe('what is not set has its documented value', () => {
  test('paths are absolute, and the checkpoint file lies in the data folder', () => {
    const settings = settingsOf({})
    expect(settings).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      dataFolder: join(folder, '.keywright'),
      configFile: null,
      checkpointFile: join(folder, '.keywright', 'checkpoints.jsonl'),
      pepper: null,
      freshnessMs: 1000,
      outageGraceMs: 0,
      logLevel: 'info',
      trustedProxies: [],
      publicUrl: null,
      workers: 1,
    })
    expect(settingsOf({ KEYWRIGHT_DATA: 'elsewhere' }).checkpointFile).toBe(
      join(folder, 'elsewhere', 'checkpoints.jsonl'),
    )
  })

  test('the configuration file of the working folder is found, and two of them are refused', () => {
    const at = mkdtempSync(join(folder, 'config-'))
    writeFileSync(join(at, 'keywright.config.json'), '{}')
    expect(settingsOf({}, {}, at).configFile).toBe(join(at, 'keywright.config.json'))
    writeFileSync(join(at, 'keywright.config.ts'), '')
    const result = read({}, {}, at)
    expect(result.ok ? [] : result.problems).toEqual([
      expect.stringMatching(/^KEYWRIGHT_CONFIG: keywright\.config\.ts and keywright\.config\.json are both/),
    ])
    expect(settingsOf({ KEYWRIGHT_CONFIG: 'keywright.config.ts' }, {}, at).configFile).toBe(
      join(at, 'keywright.config.ts'),
    )
  })
})

test('a flag wins over the environment', () => {
  expect(settingsOf({ KEYWRIGHT_PORT: '1' }, { port: '2' }).port).toBe(2)
})

test('every wrong setting is named at once, with its variable, its value and what to write', () => {
  const problems = problemsOf({
    KEYWRIGHT_PORT: '70000',
    KEYWRIGHT_HOST: 'http://x',
    KEYWRIGHT_FRESHNESS_MS: '49',
    KEYWRIGHT_OUTAGE_GRACE_MS: '-1',
    KEYWRIGHT_LOG_LEVEL: 'loud',
    KEYWRIGHT_TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0.1/8',
    KEYWRIGHT_PUBLIC_URL: 'https://user@keys.example.com',
    KEYWRIGHT_WORKERS: '65',
  })
  expect(problems).toEqual([
    'KEYWRIGHT_PORT is "70000": write a whole number from 0 to 65535.',
    expect.stringContaining('KEYWRIGHT_HOST is "http://x": write a host name'),
    'KEYWRIGHT_FRESHNESS_MS is "49": write a whole number from 50 to 60000.',
    'KEYWRIGHT_OUTAGE_GRACE_MS is "-1": write a whole number from 0 to 3600000.',
    'KEYWRIGHT_LOG_LEVEL is "loud": write one of trace, debug, info, warn, error, fatal, silent.',
    expect.stringContaining('"10.0.0.1/8" is no network'),
    expect.stringContaining('KEYWRIGHT_PUBLIC_URL is "https://user@keys.example.com": write scheme and host alone'),
    'KEYWRIGHT_WORKERS is "65": write a whole number from 1 to 64.',
  ])
  expect(problemsOf({}, { port: 'x' })).toEqual(['--port is "x": write a whole number from 0 to 65535.'])
})

test('a database server is read, and a wrong address is refused without repeating its password', () => {
  for (const right of [
    'postgres://keywright:hunter2@db/keywright',
    'postgresql://keywright:hunter%402@[::1]:5433/keys?sslmode=require',
    'postgres:///keywright?host=/var/run/postgresql&user=keywright',
  ]) {
    const settings = settingsOf({ KEYWRIGHT_DATABASE_URL: right })
    expect(settings.databaseUrl?.expose()).toBe(right)
    expect(JSON.stringify(settings)).not.toContain('hunter')
  }
  for (const wrong of [
    'mysql://keywright:hunter2@db/keywright',
    'postgres://keywright:hunter2@db',
    'postgres://keywright:hunter2@db/',
    'postgres://keywright:%zz@db/hunter2',
    'hunter2',
  ]) {
    const [problem, ...others] = problemsOf({ KEYWRIGHT_DATABASE_URL: wrong })
    expect(others).toEqual([])
    expect(problem).toMatch(/^KEYWRIGHT_DATABASE_URL: write postgres:/)
    expect(problem).not.toContain('hunter')
  }
})

test('a Redis is read, with TLS and without, and a wrong address is refused without repeating its password', () => {
  for (const right of [
    'redis://cache',
    'redis://cache:6380/3',
    'redis://:hunter2@[::1]:6379',
    'rediss://keys:hunter%402@cache.example.com:6380/',
  ]) {
    const settings = settingsOf({ KEYWRIGHT_REDIS_URL: right })
    expect(settings.redisUrl?.expose()).toBe(right)
    expect(settings.limitsOutage).toBe('refuse')
    expect(JSON.stringify(settings)).not.toContain('hunter')
  }
  expect(settingsOf({ KEYWRIGHT_LIMITS_OUTAGE: 'local' }).limitsOutage).toBe('local')
  for (const wrong of [
    'cache.example.com:6379',
    'http://keys:hunter2@cache',
    'redis://keys:hunter2@',
    'redis://keys@cache',
    'redis://keys:hunter2@cache/first',
    'redis://keys:hunter2@cache?tls=no',
    'redis://keys:hunter%ZZ2@cache',
  ]) {
    const [problem, ...others] = problemsOf({ KEYWRIGHT_REDIS_URL: wrong })
    expect(others, wrong).toEqual([])
    expect(problem).toMatch(/^KEYWRIGHT_REDIS_URL: write redis:/)
    expect(problem).not.toContain('hunter')
  }
  expect(problemsOf({ KEYWRIGHT_LIMITS_OUTAGE: 'ignore' })).toEqual([
    'KEYWRIGHT_LIMITS_OUTAGE is "ignore": write refuse or local.',
  ])
})

test('a mail server and networks for webhooks are read, and a wrong address is refused without repeating its password', () => {
  const settings = settingsOf({
    KEYWRIGHT_SMTP_URL: 'smtps://keys:hunter%402@mail.example.com:465',
    KEYWRIGHT_MAIL_FROM: 'Keys <keys@example.com>',
    KEYWRIGHT_WEBHOOK_NETWORKS: '10.0.0.0/8, fd00::/8',
  })
  expect(settings.smtpUrl?.expose()).toBe('smtps://keys:hunter%402@mail.example.com:465')
  expect(settings).toMatchObject({ mailFrom: 'Keys <keys@example.com>', webhookNetworks: ['10.0.0.0/8', 'fd00::/8'] })
  for (const wrong of [
    'mail.example.com:25',
    'http://hunter2@mail',
    'smtp://keys:hunter2@mail/?tls=no',
    'smtp://keys:hunter2%zz@mail',
  ]) {
    const [problem, ...others] = problemsOf({ KEYWRIGHT_SMTP_URL: wrong })
    expect(others).toEqual([])
    expect(problem).toMatch(/^KEYWRIGHT_SMTP_URL: write smtp:/)
    expect(problem).not.toContain('hunter2')
  }
  for (const wrong of ['keys', 'Keys <keys@example.com', 'keys@example.com>', 'a\r\nBcc: <b@example.com>'])
    expect(problemsOf({ KEYWRIGHT_MAIL_FROM: wrong })).toHaveLength(1)
  expect(problemsOf({ KEYWRIGHT_WEBHOOK_NETWORKS: '10.0.0.1/8' })).toHaveLength(1)
})

describe('a variable that is no setting is refused', () => {
  test('with the name that was probably meant', () => {
    expect(problemsOf({ KEYWRIGHT_PROT: '1' })).toEqual([
      'KEYWRIGHT_PROT is not a setting (did you mean KEYWRIGHT_PORT?): correct it or remove it.',
    ])
  })

  test('also a file of a setting that is no secret', () => {
    expect(problemsOf({ KEYWRIGHT_PORT_FILE: 'x' })).toHaveLength(1)
  })

  test('what Kubernetes sets for a Service of the same name is explained', () => {
    const problems = problemsOf({
      KEYWRIGHT_PORT: 'tcp://10.0.0.1:3000',
      KEYWRIGHT_SERVICE_HOST: '10.0.0.1',
      KEYWRIGHT_PORT_3000_TCP_ADDR: '10.0.0.1',
    })
    expect(problems).toHaveLength(3)
    for (const problem of problems) expect(problem).toContain('enableServiceLinks: false')
  })

  test('but the variables of the client commands are not its business', () => {
    expect(problemsOf({ KEYWRIGHT_URL: 'x', KEYWRIGHT_CREDENTIAL: 'y', OTHER: 'z' })).toEqual([])
  })
})

describe('secrets', () => {
  test('T17: one that is short, known or not random refuses the start and is not repeated', () => {
    for (const weak of ['short', 'a'.repeat(40), 'changeme-changeme-changeme-changeme', `${long} x`]) {
      const [problem] = problemsOf({ KEYWRIGHT_OPERATOR_KEY: weak })
      expect(problem).toMatch(/^KEYWRIGHT_OPERATOR_KEY: /)
      expect(problem).not.toContain(weak)
    }
    expect(settingsOf({ KEYWRIGHT_OPERATOR_KEY: long }).operatorKey?.expose()).toBe(long)
  })

  test('come from a file as well, without its last line break', () => {
    const file = join(folder, 'pepper')
    writeFileSync(file, `${long}\n`)
    expect(settingsOf({ KEYWRIGHT_PEPPER_FILE: file }).pepper?.expose()).toBe(long)
    expect(settingsOf({ KEYWRIGHT_PEPPER_FILE: 'pepper' }).pepper?.expose()).toBe(long)
  })

  test('a file that is missing or empty, or given besides the variable, is refused', () => {
    writeFileSync(join(folder, 'empty'), '\n')
    expect(problemsOf({ KEYWRIGHT_PEPPER_FILE: 'nowhere' })).toEqual([
      expect.stringContaining('KEYWRIGHT_PEPPER_FILE names nowhere, which cannot be read (ENOENT)'),
    ])
    expect(problemsOf({ KEYWRIGHT_PEPPER_FILE: 'empty' })).toEqual([expect.stringContaining('which is empty')])
    expect(problemsOf({ KEYWRIGHT_PEPPER_FILE: 'empty', KEYWRIGHT_PEPPER: long })).toEqual([
      expect.stringContaining('are both set'),
    ])
    expect(problemsOf({ KEYWRIGHT_PEPPER: '' })).toEqual([expect.stringContaining('is set but empty')])
  })

  test('are boxed, and have no flag', () => {
    const settings = settingsOf({ KEYWRIGHT_PEPPER: long, KEYWRIGHT_LOG_KEY: long })
    expect(JSON.stringify(settings)).not.toContain(long)
    expect(settingNames.filter((name) => flagOf(name) === null)).toEqual([
      'pepper',
      'logKey',
      'operatorKey',
      'databaseUrl',
      'redisUrl',
      'oidcClientSecret',
      'smtpUrl',
    ])
  })
})

test('no two settings share a variable or a flag', () => {
  expect(new Set(settingNames.map(variableOf)).size).toBe(settingNames.length)
  for (const name of settingNames) expect(settingTable[name].meaning).toMatch(/^[A-Z].*\.$/)
})

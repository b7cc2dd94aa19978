import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { nearestName, parseRange } from '@keywright/core'
import { Secret } from './secret.ts'

/** How much is logged, from everything to nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Everything that an installation is told by its environment and flags. Folders and files are absolute paths. */
export interface Settings {
  readonly port: number
  readonly host: string
  readonly dataFolder: string
  /** `null`: the starter configuration that the package carries. */
  readonly configFile: string | null
  readonly checkpointFile: string
  readonly pepper: Secret | null
  readonly logKey: Secret | null
  readonly operatorKey: Secret | null
  readonly freshnessMs: number
  /** How long memory may answer past its freshness while the store cannot be reached; 0: not at all. */
  readonly outageGraceMs: number
  readonly logLevel: LogLevel
  /** Networks in CIDR notation. */
  readonly trustedProxies: readonly string[]
  /** Scheme, host and port, without a slash at the end; `null`: the address that the server listens on. */
  readonly publicUrl: string | null
  readonly databaseUrl: null
  readonly redisUrl: null
  readonly smtpUrl: null
  readonly workers: 1
}

type Reading<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly wrong: string }

interface Place {
  readonly folder: string
  readonly dataFolder: string
}

/** One row of the settings table. */
interface SettingRow<Value> {
  /** The variable without `KEYWRIGHT_`. */
  readonly name: string
  /** Secrets are never flags; each can also be given as the path of a file in `…_FILE`. */
  readonly secret: boolean
  readonly values: string
  readonly standard: string
  readonly meaning: string
  readonly read: (text: string, place: Place) => Reading<Value>
  readonly absent: (place: Place) => Reading<Value>
}

const good = <Value>(value: Value): Reading<Value> => ({ ok: true, value })
const wrong = (sentence: string): { readonly ok: false; readonly wrong: string } => ({ ok: false, wrong: sentence })
const fixed =
  <Value>(value: Value) =>
  (): Reading<Value> =>
    good(value)

const wholeNumber =
  (least: number, most: number, more = '') =>
  (text: string): Reading<number> =>
    /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most
      ? good(Number(text))
      : wrong(`write a whole number from ${least} to ${most}${more}`)

const path = (text: string, { folder }: Place): Reading<string> => good(resolve(folder, text))

const secretCharactersMin = 32
const secretCharactersMax = 255

function readSecret(text: string): Reading<Secret> {
  const advice = 'make one with `openssl rand -hex 32`'
  if (text.length < secretCharactersMin) return wrong(`it needs at least ${secretCharactersMin} random characters; ${advice}`)
  if (text.length > secretCharactersMax) return wrong(`it may have at most ${secretCharactersMax} characters; ${advice}`)
  if (!/^[\x21-\x7e]+$/.test(text)) return wrong(`it must be printable ASCII without spaces; ${advice}`)
  if (new Set(text).size < 8 || /change.?me|password|example|insecure/i.test(text)) return wrong(`it is not random; ${advice}`)
  return good(new Secret(text))
}

function readOperatorKey(text: string): Reading<Secret> {
  // RFC 6750 section 2.1: what a Bearer credential can carry.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(text)) return wrong('use letters, digits and -._~+/ only; make one with `openssl rand -hex 32`')
  return readSecret(text)
}

function readHost(text: string): Reading<string> {
  return /^[A-Za-z0-9.-]+$|^[0-9A-Fa-f:.]+(%[\w.-]+)?$/.test(text)
    ? good(text)
    : wrong('write a host name or an address without scheme and port, such as 127.0.0.1, or 0.0.0.0 for every interface')
}

function readLogLevel(text: string): Reading<LogLevel> {
  const level = logLevels.find((candidate) => candidate === text)
  return level === undefined ? wrong(`write one of ${logLevels.join(', ')}`) : good(level)
}

function readProxies(text: string): Reading<readonly string[]> {
  const ranges = text.split(',').map((each) => each.trim())
  const odd = ranges.find((range) => parseRange(range) === undefined)
  if (odd === undefined) return good(ranges)
  return wrong(`${JSON.stringify(odd)} is no network; write CIDR ranges with commas between, such as 10.0.0.0/8,2001:db8::/32`)
}

function readPublicUrl(text: string): Reading<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url !== undefined && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === '' && url.pathname === '/'
  return plain ? good(url.origin) : wrong('write scheme and host alone, such as https://keys.example.com')
}

/** The configuration that is found where none is named: of the file names that a configuration can have, the one that is there. */
export const configFileNames = ['keywright.config.ts', 'keywright.config.js', 'keywright.config.json']

function findConfigFile({ folder }: Place): Reading<string | null> {
  const found = configFileNames.filter((name) => existsSync(join(folder, name)))
  if (found.length > 1) return wrong(`${found.join(' and ')} are both in ${folder}; name the one that is meant`)
  return good(found[0] === undefined ? null : join(folder, found[0]))
}

const embeddedOnly = (what: string) => (): Reading<never> =>
  wrong(`this edition ${what}; remove the variable`)

/** The one table of settings. Parsing, flags, `doctor` and docs/settings.md are made from it. */
export const settingTable: { readonly [Name in keyof Settings]: SettingRow<Settings[Name]> } = {
  port: {
    name: 'PORT', secret: false, values: 'whole number, 0 to 65535', standard: '3000',
    meaning: 'The port that the server listens on; 0 takes a free one.',
    read: wholeNumber(0, 65_535), absent: fixed(3_000),
  },
  host: {
    name: 'HOST', secret: false, values: 'host name or address', standard: '127.0.0.1',
    meaning: 'The interface that the server listens on; 0.0.0.0 is every IPv4 interface.',
    read: readHost, absent: fixed('127.0.0.1'),
  },
  dataFolder: {
    name: 'DATA', secret: false, values: 'folder', standard: './.keywright',
    meaning: 'The folder of the embedded database and of the secrets that the first start makes.',
    read: path, absent: ({ folder }) => good(resolve(folder, '.keywright')),
  },
  configFile: {
    name: 'CONFIG', secret: false, values: 'file', standard: 'keywright.config.ts, .js or .json of the working folder, else a starter configuration',
    meaning: 'The configuration of the product whose keys are kept.',
    read: path, absent: findConfigFile,
  },
  checkpointFile: {
    name: 'CHECKPOINT_FILE', secret: false, values: 'file', standard: 'checkpoints.jsonl in the data folder',
    meaning: 'Where signed checkpoints of the log are kept outside the database; best on another disk or machine.',
    read: path, absent: ({ dataFolder }) => good(join(dataFolder, 'checkpoints.jsonl')),
  },
  pepper: {
    name: 'PEPPER', secret: true, values: 'at least 32 random characters', standard: 'made by the first start and kept in the data folder',
    meaning: 'The secret under which digests of keys are kept; without it no stored key can be recognised.',
    read: readSecret, absent: fixed(null),
  },
  logKey: {
    name: 'LOG_KEY', secret: true, values: 'at least 32 random characters', standard: 'made by the first start and kept in the data folder',
    meaning: 'The secret that chains the entries of the log.',
    read: readSecret, absent: fixed(null),
  },
  operatorKey: {
    name: 'OPERATOR_KEY', secret: true, values: 'at least 32 random characters', standard: 'none: the first start prints a one-time set-up link',
    meaning: 'The first operator credential of an unattended installation.',
    read: readOperatorKey, absent: fixed(null),
  },
  freshnessMs: {
    name: 'FRESHNESS_MS', secret: false, values: 'milliseconds, 50 to 60000', standard: '1000',
    meaning: 'How old memory may be when it answers a check; a revocation is seen everywhere within it.',
    read: wholeNumber(50, 60_000), absent: fixed(1_000),
  },
  outageGraceMs: {
    name: 'OUTAGE_GRACE_MS', secret: false, values: 'milliseconds, 0 to 3600000', standard: '0',
    meaning: 'How much longer memory may answer while the store cannot be reached; revocations may be late by as much.',
    read: wholeNumber(0, 3_600_000), absent: fixed(0),
  },
  logLevel: {
    name: 'LOG_LEVEL', secret: false, values: logLevels.join(', '), standard: 'info',
    meaning: 'How much the server writes about what it does.',
    read: readLogLevel, absent: fixed('info'),
  },
  trustedProxies: {
    name: 'TRUSTED_PROXIES', secret: false, values: 'CIDR ranges with commas between', standard: 'none',
    meaning: 'The proxies whose X-Forwarded-For is believed, read from the right.',
    read: readProxies, absent: fixed([]),
  },
  publicUrl: {
    name: 'PUBLIC_URL', secret: false, values: 'scheme and host', standard: 'the address that the server listens on',
    meaning: 'The address at which people and programs reach the server, for links.',
    read: readPublicUrl, absent: fixed(null),
  },
  databaseUrl: {
    name: 'DATABASE_URL', secret: true, values: 'not available in this edition', standard: 'the embedded database',
    meaning: 'The PostgreSQL database of an installation with many nodes; this edition runs on the embedded database and refuses it.',
    read: embeddedOnly('runs on the embedded database in the data folder and knows no database server'), absent: fixed(null),
  },
  redisUrl: {
    name: 'REDIS_URL', secret: true, values: 'not available in this edition', standard: 'limits are kept by the one process',
    meaning: 'The Redis or Valkey that shares limits between nodes; this edition is one process and refuses it.',
    read: embeddedOnly('is one process that keeps its limits itself and knows no Redis'), absent: fixed(null),
  },
  smtpUrl: {
    name: 'SMTP_URL', secret: true, values: 'not available in this edition', standard: 'none',
    meaning: 'The mail server; this edition sends no mail and refuses it.',
    read: embeddedOnly('sends no mail'), absent: fixed(null),
  },
  workers: {
    name: 'WORKERS', secret: false, values: '1', standard: '1',
    meaning: 'How many processes answer; this edition is one process.',
    read: (text) => (text === '1' ? good(1) : wrong('this edition is one process; write 1 or remove it')), absent: fixed(1),
  },
}

/** The variables of the client commands, which are no settings of a server. */
export const clientVariables = ['KEYWRIGHT_URL', 'KEYWRIGHT_CREDENTIAL', 'KEYWRIGHT_CREDENTIAL_FILE']

/** The environment variable of a setting. */
export const variableOf = (name: keyof Settings): string => `KEYWRIGHT_${settingTable[name].name}`

/** The flag of a setting, `--port`; `null` for secrets, which an argument would show to every user of the machine. */
export const flagOf = (name: keyof Settings): string | null =>
  settingTable[name].secret ? null : `--${settingTable[name].name.toLowerCase().replaceAll('_', '-')}`

/** The names of all settings, in the order of the table. */
export const settingNames = Object.keys(settingTable) as readonly (keyof Settings)[]

/** What settings are read from. Flags are by the setting's name and win over the environment. */
export interface SettingsSource {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Partial<Record<keyof Settings, string>>>
  /** The working folder, which relative paths are relative to. */
  readonly folder: string
}

/** The settings, or one sentence for each thing that is wrong with them; no sentence shows a secret. */
export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Reads all settings and names everything that is wrong at once. Unknown `KEYWRIGHT_` variables are refused, so that a typo never goes unnoticed. */
export function readSettings(source: SettingsSource): SettingsResult {
  const problems = unknownVariables(source.environment)
  const place = { folder: source.folder, dataFolder: source.folder }
  const take = <Name extends keyof Settings>(name: Name, at: Place = place): Settings[Name] | undefined => {
    const row: SettingRow<Settings[Name]> = settingTable[name]
    const given = givenText(name, source)
    if (given.problem !== undefined) {
      problems.push(given.problem)
      return undefined
    }
    const reading = given.text === undefined ? row.absent(at) : row.read(given.text, at)
    if (reading.ok) return reading.value
    problems.push(sentence(given.from, row.secret || given.text === undefined ? undefined : given.text, reading.wrong))
    return undefined
  }
  const dataFolder = take('dataFolder') ?? source.folder
  const entries = settingNames.map((name) => [name, take(name, { folder: source.folder, dataFolder })] as const)
  const distinct = [...new Set(problems)]
  // Nothing is wrong, so each name has the value that its row gave, which the table's type ties to Settings.
  return distinct.length > 0 ? { ok: false, problems: distinct } : { ok: true, settings: Object.fromEntries(entries) as unknown as Settings }
}

interface Given {
  readonly from: string
  readonly text?: string
  readonly problem?: string
}

function givenText(name: keyof Settings, source: SettingsSource): Given {
  const variable = variableOf(name)
  const flag = source.flags[name]
  if (flag !== undefined) {
    const from = flagOf(name) ?? variable
    return flag === '' ? { from, problem: `${from} is empty: give it a value or leave it out.` } : { from, text: flag }
  }
  const text = source.environment[variable]
  if (text === '') return { from: variable, problem: `${variable} is set but empty: give it a value or remove it.` }
  if (!settingTable[name].secret) return { from: variable, ...(text === undefined ? {} : { text }) }
  return secretText(variable, text, source)
}

function secretText(variable: string, text: string | undefined, source: SettingsSource): Given {
  const fileVariable = `${variable}_FILE`
  const file = source.environment[fileVariable]
  if (file === undefined) return { from: variable, ...(text === undefined ? {} : { text }) }
  if (text !== undefined) return { from: variable, problem: `${variable} and ${fileVariable} are both set: remove one of them.` }
  if (file === '') return { from: fileVariable, problem: `${fileVariable} is set but empty: give it a path or remove it.` }
  try {
    const content = readFileSync(resolve(source.folder, file), 'utf8').replace(/\r?\n$/, '')
    return content === '' ? { from: fileVariable, problem: `${fileVariable} names ${file}, which is empty: write the secret into it.` } : { from: fileVariable, text: content }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return { from: fileVariable, problem: `${fileVariable} names ${file}, which cannot be read (${code}): check the path and who may read it.` }
  }
}

function sentence(from: string, text: string | undefined, fix: string): string {
  if (/^tcp:\/\//.test(text ?? '')) return `${from} is ${JSON.stringify(text)}, which Kubernetes sets for a Service called keywright: set enableServiceLinks: false in the Pod, or rename the Service.`
  return text === undefined ? `${from}: ${fix}.` : `${from} is ${JSON.stringify(text.slice(0, 100))}: ${fix}.`
}

function unknownVariables(environment: SettingsSource['environment']): string[] {
  const known = [...clientVariables, ...settingNames.flatMap((name) => (settingTable[name].secret ? [variableOf(name), `${variableOf(name)}_FILE`] : [variableOf(name)]))]
  // The project's own test runs talk to each other by these two.
  const unknown = Object.keys(environment).filter((name) => name.startsWith('KEYWRIGHT_') && !known.includes(name) && !/^KEYWRIGHT_(?:SOAK$|TEST_)/.test(name))
  return unknown.map((name) => {
    if (/^KEYWRIGHT_(?:SERVICE_(?:HOST|PORT)|PORT_\d+_)/.test(name)) return `${name} is set by Kubernetes for a Service called keywright: set enableServiceLinks: false in the Pod, or rename the Service.`
    const nearest = nearestName(name, known)
    return `${name} is not a setting${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}: correct it or remove it.`
  })
}

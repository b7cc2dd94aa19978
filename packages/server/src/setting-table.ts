import { join, resolve } from 'node:path'
import { Secret } from './secret.ts'
import {
  findConfigFile,
  fixed,
  good,
  type LogLevel,
  logLevels,
  oneWord,
  type Place,
  path,
  type Reading,
  readDatabaseUrl,
  readHost,
  readLogLevel,
  readMailFrom,
  readNetworks,
  readOperatorKey,
  readPublicUrl,
  readRedisUrl,
  readRole,
  readSecret,
  readSmtpUrl,
  wholeNumber,
  wrong,
} from './setting-values.ts'

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
  /** `null`: the embedded database of the data folder. */
  readonly databaseUrl: Secret | null
  /** The role of PostgreSQL that servers connect as, where it is not the one that owns the tables. */
  readonly applicationRole: string | null
  /** Where limits are counted together with other processes; `null`: each process counts its own. */
  readonly redisUrl: Secret | null
  /** What checks of limited keys do while Redis cannot be reached: they are refused, or each process counts alone. */
  readonly limitsOutage: 'refuse' | 'local'
  /** The issuer of the OpenID Connect provider by which people may sign in; `null`: none. */
  readonly oidcIssuer: string | null
  readonly oidcClientId: string | null
  readonly oidcClientSecret: Secret | null
  readonly oidcLabel: string
  /** `null`: no mail. */
  readonly smtpUrl: Secret | null
  readonly mailFrom: string | null
  /** Networks in CIDR notation. */
  readonly webhookNetworks: readonly string[]
  /** How long a server that was told to stop goes on answering while it says that it is not ready. */
  readonly drainMs: number
  /** How many processes answer on the one port. */
  readonly workers: number
}

/** One row of the settings table. */
export interface SettingRow<Value> {
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

function readIssuer(text: string): Reading<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const guarded = url?.protocol === 'https:' || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(text)
  if (url === undefined || !guarded || `${url.username}${url.password}${url.search}${url.hash}` !== '')
    return wrong(
      'write the issuer as the provider names it, such as https://login.example.com; http is for this machine only',
    )
  return good(text.replace(/\/$/, ''))
}

const readLabel = (text: string): Reading<string> =>
  /^[^\p{Cc}]{1,255}$/u.test(text.trim()) ? good(text.trim()) : wrong('write 1 to 255 characters on one line')

/** The one table of settings. Parsing, flags, `doctor` and docs/settings.md are made from it. */
export const settingTable: { readonly [Name in keyof Settings]: SettingRow<Settings[Name]> } = {
  port: {
    name: 'PORT',
    secret: false,
    values: 'whole number, 0 to 65535',
    standard: '3000',
    meaning: 'The port that the server listens on; 0 takes a free one.',
    read: wholeNumber(0, 65_535),
    absent: fixed(3_000),
  },
  host: {
    name: 'HOST',
    secret: false,
    values: 'host name or address',
    standard: '127.0.0.1',
    meaning: 'The interface that the server listens on; 0.0.0.0 is every IPv4 interface.',
    read: readHost,
    absent: fixed('127.0.0.1'),
  },
  dataFolder: {
    name: 'DATA',
    secret: false,
    values: 'folder',
    standard: './.keywright',
    meaning: 'The folder of the embedded database and of the secrets that the first start makes.',
    read: path,
    absent: ({ folder }) => good(resolve(folder, '.keywright')),
  },
  configFile: {
    name: 'CONFIG',
    secret: false,
    values: 'file',
    standard: 'keywright.config.ts, .js or .json of the working folder, else a starter configuration',
    meaning: 'The configuration of the product whose keys are kept.',
    read: path,
    absent: findConfigFile,
  },
  checkpointFile: {
    name: 'CHECKPOINT_FILE',
    secret: false,
    values: 'file',
    standard: 'checkpoints.jsonl in the data folder',
    meaning: 'Where signed checkpoints of the log are kept outside the database; best on another disk or machine.',
    read: path,
    absent: ({ dataFolder }) => good(join(dataFolder, 'checkpoints.jsonl')),
  },
  pepper: {
    name: 'PEPPER',
    secret: true,
    values: 'at least 32 random characters',
    standard: 'made by the first start and kept in the data folder',
    meaning: 'The secret under which digests of keys are kept; without it no stored key can be recognised.',
    read: readSecret,
    absent: fixed(null),
  },
  logKey: {
    name: 'LOG_KEY',
    secret: true,
    values: 'at least 32 random characters',
    standard: 'made by the first start and kept in the data folder',
    meaning: 'The secret that chains the entries of the log.',
    read: readSecret,
    absent: fixed(null),
  },
  operatorKey: {
    name: 'OPERATOR_KEY',
    secret: true,
    values: 'at least 32 random characters',
    standard: 'none: the first start prints a one-time set-up link',
    meaning: 'The first operator credential of an unattended installation.',
    read: readOperatorKey,
    absent: fixed(null),
  },
  freshnessMs: {
    name: 'FRESHNESS_MS',
    secret: false,
    values: 'milliseconds, 50 to 60000',
    standard: '1000',
    meaning: 'How old memory may be when it answers a check; a revocation is seen everywhere within it.',
    read: wholeNumber(50, 60_000),
    absent: fixed(1_000),
  },
  outageGraceMs: {
    name: 'OUTAGE_GRACE_MS',
    secret: false,
    values: 'milliseconds, 0 to 3600000',
    standard: '0',
    meaning: 'How much longer memory may answer while the store cannot be reached; revocations may be late by as much.',
    read: wholeNumber(0, 3_600_000),
    absent: fixed(0),
  },
  logLevel: {
    name: 'LOG_LEVEL',
    secret: false,
    values: logLevels.join(', '),
    standard: 'info',
    meaning: 'How much the server writes about what it does.',
    read: readLogLevel,
    absent: fixed('info'),
  },
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    secret: false,
    values: 'CIDR ranges with commas between',
    standard: 'none',
    meaning: 'The proxies whose X-Forwarded-For is believed, read from the right.',
    read: readNetworks,
    absent: fixed([]),
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    secret: false,
    values: 'scheme and host',
    standard: 'the address that the server listens on',
    meaning: 'The address at which people and programs reach the server, for links.',
    read: readPublicUrl,
    absent: fixed(null),
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    secret: true,
    values: 'postgres://user:password@host:port/database',
    standard: 'none: the embedded database of the data folder',
    meaning:
      'The PostgreSQL database (15 or later) that any number of servers share; pepper and log key must be given then.',
    read: readDatabaseUrl,
    absent: fixed(null),
  },
  applicationRole: {
    name: 'APPLICATION_ROLE',
    secret: false,
    values: 'name of a role of PostgreSQL',
    standard: 'none',
    meaning:
      'The role that servers connect as: `keywright migrate`, run as the owner of the tables, lets it add to the log and never change it.',
    read: readRole,
    absent: fixed(null),
  },
  redisUrl: {
    name: 'REDIS_URL',
    secret: true,
    values: 'redis://user:password@host:port/number, or rediss:// for TLS',
    standard: 'none: each process keeps limits itself',
    meaning:
      'The Redis or Valkey, one primary, that counts limits for several nodes together. Quotas stay in the database.',
    read: readRedisUrl,
    absent: fixed(null),
  },
  limitsOutage: {
    name: 'LIMITS_OUTAGE',
    secret: false,
    values: 'refuse, local',
    standard: 'refuse',
    meaning:
      'While Redis cannot be reached: `refuse` answers checks of limited keys with 503; `local` lets each process count alone, so that n of them admit up to n times as much.',
    read: oneWord('refuse', 'local'),
    absent: fixed('refuse'),
  },
  oidcIssuer: {
    name: 'OIDC_ISSUER',
    secret: false,
    values: 'https address',
    standard: 'none: people sign in by password or passkey',
    meaning:
      'The issuer of an OpenID Connect provider by which people may sign in, whose addresses are discovered from it.',
    read: readIssuer,
    absent: fixed(null),
  },
  oidcClientId: {
    name: 'OIDC_CLIENT_ID',
    secret: false,
    values: 'text',
    standard: 'none; needed with OIDC_ISSUER',
    meaning: 'The client id that the provider gave to this installation.',
    read: readLabel,
    absent: fixed(null),
  },
  oidcClientSecret: {
    name: 'OIDC_CLIENT_SECRET',
    secret: true,
    values: 'text',
    standard: 'none; needed with OIDC_ISSUER',
    meaning: 'The client secret that the provider gave to this installation.',
    read: (text) =>
      /^[\x21-\x7e]{1,1024}$/.test(text)
        ? good(new Secret(text))
        : wrong('write it as the provider gave it, without spaces'),
    absent: fixed(null),
  },
  oidcLabel: {
    name: 'OIDC_LABEL',
    secret: false,
    values: 'text',
    standard: 'Single sign-on',
    meaning: 'What the button that signs in by the provider says.',
    read: readLabel,
    absent: fixed('Single sign-on'),
  },
  smtpUrl: {
    name: 'SMTP_URL',
    secret: true,
    values: 'smtp://user:password@host:port, or smtps://',
    standard: 'none: no mail, but notices on the page and links to copy',
    meaning: 'The mail server. smtp changes to TLS where it can, and has to before a password goes to another machine.',
    read: readSmtpUrl,
    absent: fixed(null),
  },
  mailFrom: {
    name: 'MAIL_FROM',
    secret: false,
    values: 'address, or Name <address>',
    standard: 'none; needed with SMTP_URL',
    meaning: 'Whom mail comes from.',
    read: readMailFrom,
    absent: fixed(null),
  },
  webhookNetworks: {
    name: 'WEBHOOK_NETWORKS',
    secret: false,
    values: 'CIDR ranges with commas between',
    standard: 'none: public addresses only, by https at port 443 or 8443',
    meaning: 'Networks of your own that webhooks may be sent into, also by http and at any port.',
    read: readNetworks,
    absent: fixed([]),
  },
  drainMs: {
    name: 'DRAIN_MS',
    secret: false,
    values: 'milliseconds, 0 to 300000',
    standard: '0',
    meaning:
      'How long a server that was told to stop still answers as ever while `/readyz` is 503, so that whoever spreads the requests sends it no more.',
    read: wholeNumber(0, 300_000),
    absent: fixed(0),
  },
  workers: {
    name: 'WORKERS',
    secret: false,
    values: 'whole number, 1 to 64',
    standard: '1',
    meaning: 'How many processes answer, on one port and one store; about as many as the machine has cores.',
    read: wholeNumber(1, 64),
    absent: fixed(1),
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

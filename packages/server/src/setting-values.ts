import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseRange } from '@keywright/core'
import { Secret } from './secret.ts'

/** How much is logged, from everything to nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** A value, or what is wrong with its text and how to mend it. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly wrong: string }

/** What relative paths and defaults are relative to. */
export interface Place {
  readonly folder: string
  readonly dataFolder: string
}

/** A value that was read. */
export const good = <Value>(value: Value): Reading<Value> => ({ ok: true, value })
/** A refusal. */
export const wrong = (sentence: string): { readonly ok: false; readonly wrong: string } => ({
  ok: false,
  wrong: sentence,
})
/** A value that is always the same, for what is absent. */
export const fixed =
  <Value>(value: Value) =>
  (): Reading<Value> =>
    good(value)

/** Reads a whole number within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): Reading<number> =>
    /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most
      ? good(Number(text))
      : wrong(`write a whole number from ${least} to ${most}`)

/** Reads a path, relative to the working folder. */
export const path = (text: string, { folder }: Place): Reading<string> => good(resolve(folder, text))

const secretCharactersMin = 32
const secretCharactersMax = 255

/** Reads a secret of 32 to 255 random characters. */
export function readSecret(text: string): Reading<Secret> {
  const advice = 'make one with `openssl rand -hex 32`'
  if (text.length < secretCharactersMin)
    return wrong(`it needs at least ${secretCharactersMin} random characters; ${advice}`)
  if (text.length > secretCharactersMax)
    return wrong(`it may have at most ${secretCharactersMax} characters; ${advice}`)
  if (!/^[\x21-\x7e]+$/.test(text)) return wrong(`it must be printable ASCII without spaces; ${advice}`)
  if (new Set(text).size < 8 || /change.?me|password|example|insecure/i.test(text))
    return wrong(`it is not random; ${advice}`)
  return good(new Secret(text))
}

/** Reads the text of an operator credential, which is a secret that a Bearer header can carry. */
export function readOperatorKey(text: string): Reading<Secret> {
  // RFC 6750 section 2.1: what a Bearer credential can carry.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(text))
    return wrong('use letters, digits and -._~+/ only; make one with `openssl rand -hex 32`')
  return readSecret(text)
}

/** Reads a host name or address. */
export function readHost(text: string): Reading<string> {
  return /^[A-Za-z0-9.-]+$|^[0-9A-Fa-f:.]+(%[\w.-]+)?$/.test(text)
    ? good(text)
    : wrong(
        'write a host name or an address without scheme and port, such as 127.0.0.1, or 0.0.0.0 for every interface',
      )
}

/** Reads a log level. */
export function readLogLevel(text: string): Reading<LogLevel> {
  const level = logLevels.find((candidate) => candidate === text)
  return level === undefined ? wrong(`write one of ${logLevels.join(', ')}`) : good(level)
}

/** Reads networks in CIDR notation with commas between. */
export function readNetworks(text: string): Reading<readonly string[]> {
  const ranges = text.split(',').map((each) => each.trim())
  const odd = ranges.find((range) => parseRange(range) === undefined)
  if (odd === undefined) return good(ranges)
  return wrong(
    `${JSON.stringify(odd)} is no network; write CIDR ranges with commas between, such as 10.0.0.0/8,2001:db8::/32`,
  )
}

/** Reads the address of a mail server. */
export function readSmtpUrl(text: string): Reading<Secret> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain =
    url !== undefined &&
    /^smtps?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    (url.username === '') === (url.password === '') &&
    `${url.search}${url.hash}` === '' &&
    /^\/?$/.test(url.pathname) &&
    isDecodable(url.username + url.password)
  return plain
    ? good(new Secret(text))
    : wrong(
        'write smtp://host:port or smtps://host:port, with user:password@ before the host where it wants one; write special characters of the two as %XX',
      )
}

/** Reads the address of a Redis or Valkey: one primary, and perhaps the number of a database. */
export function readRedisUrl(text: string): Reading<Secret> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain =
    url !== undefined &&
    /^rediss?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    (url.username === '' || url.password !== '') &&
    `${url.search}${url.hash}` === '' &&
    /^\/?$|^\/\d{1,4}$/.test(url.pathname) &&
    isDecodable(url.username + url.password)
  return plain
    ? good(new Secret(text))
    : wrong(
        'write redis://host:port or rediss://host:port (TLS), with user:password@ or :password@ before the host where it wants one, and /number after it for another database; write special characters of the two as %XX',
      )
}

/** Reads one of several words. */
export const oneWord =
  <Word extends string>(...words: readonly Word[]) =>
  (text: string): Reading<Word> => {
    const found = words.find((word) => word === text)
    return found === undefined ? wrong(`write ${words.join(' or ')}`) : good(found)
  }

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Reads whom mail comes from: an address, or a name and an address. */
export function readMailFrom(text: string): Reading<string> {
  const address = /^(?:[^<>"\p{Cc}]{1,100} <)?([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253})(>?)$/u.exec(text)
  return address !== null && text.includes('<') === (address[2] === '>')
    ? good(text)
    : wrong('write an address, or a name and an address, such as keys@example.com or Keys <keys@example.com>')
}

/** Reads scheme, host and port. */
export function readPublicUrl(text: string): Reading<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    url.pathname === '/'
  return plain ? good(url.origin) : wrong('write scheme and host alone, such as https://keys.example.com')
}

const configFileNames = ['keywright.config.ts', 'keywright.config.js', 'keywright.config.json']

/** The configuration file of the working folder; `null`: there is none. */
export function findConfigFile({ folder }: Place): Reading<string | null> {
  const found = configFileNames.filter((name) => existsSync(join(folder, name)))
  if (found.length > 1) return wrong(`${found.join(' and ')} are both in ${folder}; name the one that is meant`)
  return good(found[0] === undefined ? null : join(folder, found[0]))
}

/** Reads the address of a PostgreSQL database. What follows a `?` is the driver's, such as sslmode. */
export function readDatabaseUrl(text: string): Reading<Secret> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain =
    url !== undefined &&
    /^postgres(ql)?:$/.test(url.protocol) &&
    (url.hostname !== '' || url.searchParams.has('host')) &&
    /^\/[^/]+$/.test(url.pathname) &&
    url.hash === '' &&
    isDecodable(url.username + url.password + url.pathname)
  return plain
    ? good(new Secret(text))
    : wrong(
        'write postgres://user:password@host:port/database; write special characters of the user and the password as %XX',
      )
}

/** Reads the name of a role of PostgreSQL. */
export const readRole = (text: string): Reading<string> =>
  /^[a-z_][a-z0-9_$-]{0,62}$/i.test(text)
    ? good(text)
    : wrong('write the name of a role, such as keywright_application')

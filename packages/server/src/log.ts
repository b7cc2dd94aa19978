import { isKeyText, secretPartLength } from '@keywright/core'
import { pino } from 'pino'
import type { Secret } from './secret.ts'
import type { LogLevel } from './setting-values.ts'

type LogMethod = (fields: object, message: string) => void

/** What the server tells about itself. Fields come first, then one plain sentence. */
export interface Logger {
  readonly trace: LogMethod
  readonly debug: LogMethod
  readonly info: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
  readonly fatal: LogMethod
  child(fields: object): Logger
}

/** What the parts of the server write their lines to; a Logger is one. */
export interface LineLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

export interface LoggerOptions {
  readonly level: LogLevel
  /** Takes whole lines, each with its line break. */
  readonly write: (line: string) => void
  /** One readable line instead of JSON, for a person at a terminal. */
  readonly pretty?: boolean
  /** Secrets of the process itself, which are masked wherever they appear. */
  readonly secrets?: readonly Secret[]
}

const mask = '[redacted]'
// Words of this many letters and digits are no words: the secret part of a key, with or without what stood before it.
const longRun = new RegExp(`[0-9A-Za-z]{${secretPartLength},}`, 'g')
const anyRun = new RegExp(`[0-9A-Za-z%+/_-]{${secretPartLength}}`)
const percentRun = /(?:%[0-9A-Fa-f]{2}|[0-9A-Za-z_])+/g
const base64Run = /[A-Za-z0-9+/_-]{40,}/g
const hexRun = /^[0-9a-f]+$/
const keyShape = new RegExp(`_[0-9A-Za-z]{${secretPartLength}}`)

const looksLikeKey = (text: string): boolean => isKeyText(text) || keyShape.test(text)

function maskPercentEncoded(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(percentRun, (run) => {
    if (!run.includes('%')) return run
    const decoded = run.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
    return looksLikeKey(decoded) ? mask : run
  })
}

function maskBase64(text: string): string {
  return text.replace(base64Run, (run) => {
    // What stands before the encoded text may have shifted it, so every alignment is looked at.
    const hit = [0, 1, 2, 3].some((offset) => looksLikeKey(Buffer.from(run.slice(offset), 'base64').toString('latin1')))
    return hit ? mask : run
  })
}

/**
 * Masks everything that could be the text of a key: its secret part, whole or joined to more, with or without prefix and whatever its
 * checksum; percent-encoded; and inside base64, as Basic credentials carry it. Hexadecimal hashes stay readable.
 */
export function redact(text: string): string {
  // Without a run as long as a secret there is none; percent and base64 forms are longer still.
  if (!anyRun.test(text)) return text
  return maskBase64(maskPercentEncoded(text)).replace(longRun, (run, offset: number, whole: string) =>
    hexRun.test(run) && whole[offset - 1] !== '_' ? run : mask,
  )
}

function maskKnown(text: string, secrets: readonly Secret[]): string {
  return secrets.reduce((rest, secret) => {
    const value = secret.expose()
    return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)].reduce(
      (line, form) => line.replaceAll(form, mask),
      rest,
    )
  }, text)
}

const controls = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Text from elsewhere as a terminal can be shown it: what would move the cursor, colour or turn the line is spelt out. */
export const printable = (text: string): string =>
  text.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

const shown = (value: unknown): string =>
  printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)))

/** One line of JSON as a person reads it: time, level, sentence, then the fields. */
export function prettyLine(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as {
    level?: unknown
    time?: unknown
    msg?: unknown
  } & Record<string, unknown>
  const rest = Object.entries(fields).map(([name, value]) => ` ${printable(name)}=${shown(value)}`)
  return `${String(time).slice(11, 23)} ${shown(level).toUpperCase().padEnd(5)} ${shown(msg)}${rest.join('')}\n`
}

function redactDeep(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, clean))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [clean(name), redactDeep(member, clean)]))
}

/** A line of JSON with everything masked that must not be read; the line stays JSON. */
function redactLine(line: string, secrets: readonly Secret[]): string {
  const clean = (text: string) => redact(maskKnown(text, secrets))
  if (clean(line) === line) return line
  // Masking the line itself could cut an escape sequence in two, so each text is masked on its own.
  return `${JSON.stringify(redactDeep(JSON.parse(line), clean))}\n`
}

/** Makes the logger of a process: one line of JSON for each entry, in which no key, however wrapped, and none of `secrets` can be read. */
export function createLogger({ level, write, pretty = false, secrets = [] }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    {
      // Masked here, after everything was written out, so that no field, error or binding has a way around it.
      write: (line: string) => {
        const safe = redactLine(line, secrets)
        write(pretty ? prettyLine(safe) : safe)
      },
    },
  )
}

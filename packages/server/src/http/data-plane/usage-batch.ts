import {
  codes,
  containsKeyText,
  formatAddress,
  type Problem,
  type ProblemError,
  parseRange,
  problem,
  shortenAddress,
} from '@keywright/core'
import { redact } from '../../log.ts'
import type { UsageBatch } from '../../storage/ports.ts'
import { keptUserAgent } from '../request.ts'

const hourMs = 3_600_000
/** How old what is reported may be: batches are recognised for longer than that, so that no repetition counts twice. */
const reachBackMs = 8 * 24 * hourMs
const reachAheadMs = hourMs
/** Lines of each kind. */
const linesMax = 50_000
const countMax = 1_000_000_000
const permissionCharactersMax = 512
const errorsMax = 20

/** What a report is read by. */
export interface ReportBounds {
  /** The store's time, epoch milliseconds. */
  readonly nowMs: number
  /** Whether whole addresses may be kept. */
  readonly wholeAddresses: boolean
}

type Fields = Readonly<Record<string, unknown>>

/** How one member is read, and what is said where it cannot be. */
interface Member<Value> {
  /** `undefined`: it is not what it must be. */
  readonly read: (value: unknown) => Value | undefined
  readonly must: string
}

type Members<Line> = { readonly [Name in keyof Line]: Member<Line[Name]> }

const known: ReadonlySet<unknown> = new Set(codes)

const wholeNumber = (least: number, most: number): Member<number> => ({
  read: (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : undefined,
  must: `It must be a whole number from ${least} to ${most}.`,
})

const textLike = (pattern: RegExp, must: string): Member<string> => ({
  read: (value) => (typeof value === 'string' && pattern.test(value) && !containsKeyText(value) ? value : undefined),
  must,
})

const orNull = <Value>({ read, must }: Member<Value>): Member<Value | null> => ({
  read: (value) => (value === null ? null : read(value)),
  must: `${must.slice(0, -1)}, or null.`,
})

const orEmpty = ({ read, must }: Member<string>): Member<string> => ({
  read: (value) => (value === '' ? '' : read(value)),
  must: `${must.slice(0, -1)}, or empty.`,
})

const id = textLike(/^[\w-]{1,64}$/, 'It must be an id: 1 to 64 letters, digits, _ or -.')
const tag = textLike(/^[\w.:/-]{1,64}$/, 'It must be 1 to 64 letters, digits or _ . : / - and no secret key.')
const count = wholeNumber(1, countMax)
const code: Member<string> = {
  read: (value) => (known.has(value) ? (value as string) : undefined),
  must: 'It must be the code of an outcome.',
}

// What the users of keys send is kept in a shape that is harmless; no report is refused, and its counts lost, because of one of them.
const userAgent: Member<string> = {
  read: (value) => (typeof value === 'string' ? keptUserAgent(value) : undefined),
  must: 'It must be a text.',
}
const permission: Member<string> = {
  read: (value) =>
    typeof value === 'string'
      ? redact(value)
          .slice(0, permissionCharactersMax)
          .replaceAll(/\p{Cc}/gu, ' ')
          .toWellFormed()
      : undefined,
  must: 'It must be a text.',
}

const networkAs = (wholeAddresses: boolean): Member<string> => ({
  read: (value) => {
    const range = typeof value === 'string' ? parseRange(value) : undefined
    if (range === undefined) return undefined
    return wholeAddresses && range.bits === 128 ? formatAddress(range.address) : shortenAddress(range.address)
  },
  must: 'It must be an IPv4 or IPv6 address or network.',
})

const momentNear = (nowMs: number, stepMs: number): Member<number> => ({
  read: (value) =>
    typeof value === 'number' &&
    value % stepMs === 0 &&
    value >= nowMs - reachBackMs - stepMs &&
    value <= nowMs + reachAheadMs
      ? value
      : undefined,
  must: `It must be ${stepMs === 1 ? 'a time' : 'the beginning of an hour'} in milliseconds, at most 8 days ago and 1 hour ahead.`,
})

/** Reads a report, or says everything that is wrong with it. No value of it is repeated: one could be a secret. */
export function readBatch(
  value: unknown,
  { nowMs, wholeAddresses }: ReportBounds,
): UsageBatch | Problem<'invalid_parameters'> {
  const hour = momentNear(nowMs, hourMs)
  const network = networkAs(wholeAddresses)
  const use = { keyId: id, atMs: momentNear(nowMs, 1), network: orNull(network), userAgent: orNull(userAgent) }
  const report = new Report()
  const batch = report.object<UsageBatch>(value, '', {
    process: id,
    number: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    usage: report.lines({ keyId: id, hourMs: hour, code, tag: orEmpty(tag), count }, 'usage'),
    lastUsed: report.lines(use, 'lastUsed'),
    activity: report.lines({ ...use, code, permission: orNull(permission), tag: orNull(tag) }, 'activity'),
    refusals: report.lines({ hourMs: hour, code, network: orEmpty(network), count }, 'refusals'),
  })
  return report.errors.length > 0 ? problem('invalid_parameters', undefined, report.errors) : batch
}

/** Reads a body member by member and gathers what is wrong. */
class Report {
  readonly errors: ProblemError[] = []

  /** Reads an object with exactly these members. What it answers is only good where nothing was wrong. */
  object<Line extends object>(value: unknown, pointer: string, members: Members<Line>): Line {
    const given = this.#fields(value, pointer)
    const read: Record<string, unknown> = {}
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(members, name))
        this.#wrong(`${pointer}/${redact(name).slice(0, 40)}`, 'There is no such member.')
    }
    for (const [name, member] of Object.entries<Member<unknown>>(members)) {
      const found = Object.hasOwn(given, name) ? member.read(given[name]) : undefined
      if (found === undefined) this.#wrong(`${pointer}/${name}`, member.must)
      read[name] = found
    }
    return read as Line
  }

  /** A list of objects with exactly these members. */
  lines<Line extends object>(members: Members<Line>, name: string): Member<Line[]> {
    return {
      read: (value) => {
        if (!Array.isArray(value) || value.length > linesMax) return undefined
        const lines: Line[] = []
        for (const [index, line] of value.entries()) {
          if (this.errors.length === errorsMax) break
          lines.push(this.object(line, `/${name}/${index}`, members))
        }
        return lines
      },
      must: `It must be a list of at most ${linesMax} lines.`,
    }
  }

  #fields(value: unknown, pointer: string): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
    this.#wrong(pointer, 'It must be an object.')
    return {}
  }

  #wrong(pointer: string, detail: string): void {
    if (this.errors.length < errorsMax) this.errors.push({ pointer: `#${pointer}`, detail })
  }
}

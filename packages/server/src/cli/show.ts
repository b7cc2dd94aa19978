import { printable } from '../log.ts'
import type { Call } from './command.ts'
import { exitCodes } from './exit.ts'
import { type JsonObject, type Query, versionOf } from './http-client.ts'

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value of an answer in one line: what it is for a person, and nothing that a terminal would obey. */
export function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-'
  if (typeof value === 'string') return printable(value)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(cell).join(', ')
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
  if (members.length === 1 && Array.isArray(members[0]?.[1])) return cell(members[0][1])
  const { kind, id } = value
  if (members.length === 2 && typeof kind === 'string' && typeof id === 'string') return printable(`${kind} ${id}`)
  const amount = amountOf(value)
  const named = members
    .filter(([name]) => amount === undefined || !amountNames.includes(name))
    .map(([name, member]) => `${printable(name)}=${isObject(member) ? `(${cell(member)})` : cell(member)}`)
  return [...(amount === undefined ? [] : [amount]), ...named].join(' ')
}

const amountNames: readonly string[] = ['name', 'limit', 'windowSeconds', 'burst', 'period']

/** A limit or a quota as `--rate` and `--quota` take it. */
function amountOf({ name, limit, windowSeconds, burst, period }: JsonObject): string | undefined {
  if (typeof limit !== 'number') return undefined
  if (typeof name === 'string' && typeof windowSeconds === 'number')
    return `${printable(name)}:${limit}/${windowSeconds}${typeof burst === 'number' ? `:${burst}` : ''}`
  if (period === undefined || name !== undefined) return undefined
  return typeof period === 'string' ? `${limit}/${printable(period)}` : String(limit)
}

/** `lastUsedAt` as a heading: LAST USED AT. */
const headingOf = (column: string): string => column.replace(/[A-Z]/g, ' $&').toUpperCase()

const width = (text: string): number => [...text].length

/** Rows under their headings, each column as wide as its widest cell. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const headings = columns.map(headingOf)
  const widths = headings.map((heading, index) =>
    Math.max(width(heading), ...rows.map((row) => width(row[index] ?? ''))),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((each, index) => each + ' '.repeat((widths[index] ?? 0) - width(each)))
      .join('  ')
      .trimEnd()
  return `${[headings, ...rows].map(line).join('\n')}\n`
}

/** A record as a list of its fields. */
function fields(record: JsonObject): string {
  const names = Object.keys(record)
  const longest = Math.max(0, ...names.map(width))
  return names.map((name) => `${printable(name).padEnd(longest)}  ${cell(record[name])}\n`).join('')
}

/** Prints an answer: as JSON, or its fields one below the other. */
export function showRecord(call: Call, record: JsonObject): void {
  call.terminal.write(call.json ? `${JSON.stringify(record, null, 2)}\n` : fields(record))
  const version = versionOf(record)
  if (version !== undefined && !call.json) call.terminal.tell(`Version ${version}, for --if-match.\n`)
}

/** Prints what was created. The secret alone goes to standard output, so that it can be piped; with --json the whole record does. */
export function showCreation(call: Call, answer: JsonObject): number {
  const { secret, ...record } = answer
  if (call.json) call.terminal.write(`${JSON.stringify(answer, null, 2)}\n`)
  else {
    call.terminal.tell(fields(record))
    if (typeof secret === 'string') call.terminal.write(`${secret}\n`)
  }
  if (typeof secret === 'string') {
    if (!call.json) call.terminal.tell('This is the only time that the secret is shown.\n')
    return exitCodes.done
  }
  call.terminal.tell('This repeats an earlier request; its secret was shown then and is not shown again.\n')
  return exitCodes.refused
}

/** The options of every listing. */
export const pageOptions = [
  { name: 'limit', value: 'number', meaning: 'how many items a page has at most, 1 to 200' },
  { name: 'cursor', value: 'cursor', meaning: 'where to go on, from the page before' },
  { name: 'all', meaning: 'every page, one after the other' },
] as const

/** Asks for a listing, page by page where `--all` was given, and prints it as a table of `columns`. */
export async function showList(
  call: Call,
  segments: readonly string[],
  columns: readonly string[],
  query: Query = {},
): Promise<undefined> {
  const client = await call.client()
  const items: unknown[] = []
  let cursor = call.option('cursor')
  do {
    const page = await client.request('GET', segments, { query: { ...query, limit: call.option('limit'), cursor } })
    items.push(...(Array.isArray(page['items']) ? page['items'] : []))
    cursor = typeof page['nextCursor'] === 'string' ? page['nextCursor'] : undefined
  } while (call.given('all') && cursor !== undefined)
  if (call.json) call.terminal.write(`${JSON.stringify({ items, nextCursor: cursor ?? null }, null, 2)}\n`)
  else {
    const rows = items.filter(isObject).map((item) => columns.map((column) => cell(item[column])))
    call.terminal.write(rows.length === 0 ? '' : table(columns, rows))
    if (rows.length === 0) call.terminal.tell('There is nothing to list.\n')
    if (cursor !== undefined) call.terminal.tell(`There is more: add --cursor ${cursor}, or --all.\n`)
  }
  return undefined
}

/** Says how far long work has come, in place, where a person watches. Each text replaces the one before; an empty one clears the line. */
export function progress(call: Call, text: string): void {
  if (call.terminal.watched) call.terminal.tell(`\r\u001b[2K${text}`)
}

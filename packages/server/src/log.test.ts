import { generateKeyText } from '@keywright/core'
import { expect, test } from 'vitest'
import { createLogger, prettyLine, printable, redact } from './log.ts'
import { Secret } from './secret.ts'

let seed = 1
const nextByte = () => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed & 255
}
const bytes = (length: number) => Uint8Array.from({ length }, nextByte)
const key = generateKeyText('exa_live', 'dev', bytes)
const secretPart = key.slice(-38)

/** Whether half of the secret part, from either end or the middle, can still be read somewhere. */
const leaks = (text: string) => [0, 10, 19].some((at) => text.includes(secretPart.slice(at, at + 19)))

function logged(work: (log: ReturnType<typeof createLogger>) => void, secrets: readonly Secret[] = []): string {
  const lines: string[] = []
  work(createLogger({ level: 'trace', write: (line) => lines.push(line), secrets }))
  return lines.join('')
}

const wrappings: readonly (readonly [string, string])[] = [
  ['alone', key],
  ['inside a longer text', `request with Bearer ${key}, refused`],
  ['in an address', `https://api.example.com/?api_key=${key}&x=1`],
  ['percent-encoded as a whole', [...key].map((each) => `%${each.charCodeAt(0).toString(16)}`).join('')],
  ['with its underscores percent-encoded', encodeURIComponent(`Bearer ${key}`).replaceAll('_', '%5F')],
  ['in Basic', `Basic ${Buffer.from(`user:${key}`).toString('base64')}`],
  ['in Basic, shifted by one', `Basic ${Buffer.from(`u:${key}`).toString('base64')}`],
  ['in Basic, shifted by two', `Basic ${Buffer.from(`us:${key}`).toString('base64')}`],
  ['in base64url behind a path', `/x/${Buffer.from(`a:${key}`).toString('base64url')}`],
  ['joined to more', `${key}${key}`],
  ['with a wrong checksum', `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`],
  ['without its prefix', secretPart],
  ['at the beginning of a line', `first\n${secretPart}`],
]

test.each(wrappings)('a key is masked in the log: %s', (_, text) => {
  const decoded = (line: string) =>
    line.replace(/[A-Za-z0-9+/_-]{40,}/g, (run) => Buffer.from(run, 'base64').toString('latin1'))
  const line = logged((log) => log.info({ text }, 'seen'))
  expect(leaks(line)).toBe(false)
  expect(leaks(decoded(line))).toBe(false)
  expect(leaks(decodeURIComponent(line.replaceAll('\\', '')))).toBe(false)
  expect(line).toContain('[redacted]')
  expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: 'seen' })
})

test('a key is masked wherever it stands: message, error, cause, binding, name of a field', () => {
  const text = logged((log) => {
    log.child({ bound: key }).warn({ deep: [{ [key]: key }] }, `message ${key}`)
    log.error({ error: new Error(`failed for ${key}`, { cause: new Error(key) }) }, 'failed')
  })
  expect(text.split('\n')).toHaveLength(3)
  expect(leaks(text)).toBe(false)
  for (const line of text.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
})

test("the process's own secrets are masked although they look like nothing", () => {
  const pepper = new Secret('p"epper with \\ and more')
  const text = logged(
    (log) => log.info({ text: `the pepper is ${pepper.expose()}!`, pepper }, pepper.expose()),
    [pepper],
  )
  expect(text).not.toContain('epper with')
  expect(JSON.parse(text)).toMatchObject({ text: 'the pepper is [redacted]!', pepper: '[secret]', msg: '[redacted]' })
})

test('what is no secret stays readable', () => {
  const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  for (const text of [
    hash,
    'key_7f3kQ2mX9aPd',
    'exa_live_dev_••••••••x7Qa',
    '2026-11-21T09:30:00.000Z',
    'a%20b',
    'x'.repeat(37),
  ])
    expect(redact(text)).toBe(text)
})

test('masking costs time in proportion to the text, whatever it is made of', () => {
  for (const piece of ['_', 'a', '%', '%41', 'aA0_', `${'_'.repeat(37)}a`, '\\n']) {
    const began = performance.now()
    redact(piece.repeat(Math.ceil(200_000 / piece.length)))
    expect(performance.now() - began).toBeLessThan(1_000)
  }
})

test('a line for a terminal shows time, level, sentence and fields, and obeys nothing in them', () => {
  const line = prettyLine(
    '{"level":"info","time":"2026-11-21T09:30:00.123Z","path":"/a\\u001b[2J\\r\\nfake","msg":"request\\u202e"}',
  )
  expect(line).toBe('09:30:00.123 INFO  request\\u202e path=/a\\u001b[2J\\u000d\\u000afake\n')
  expect(printable('é ü 漢')).toBe('é ü 漢')
})

import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { saltedDigest } from './salted-digest.ts'

const salt = Uint8Array.from([1, 2, 3, 250, 251, 252, 253, 254])
const digest = saltedDigest((length) => salt.subarray(0, length))
const expected = (text: string) => createHash('sha256').update(salt).update(text).digest('binary')

test('a digest is SHA-256 over salt and text, whatever the length and the script, and whatever came before', () => {
  const texts = [
    '',
    'a',
    'x'.repeat(47),
    'ключ',
    '鍵'.repeat(255),
    '😀'.repeat(127),
    '\ud800',
    'b'.repeat(256),
    'c'.repeat(5_000),
  ]
  for (const text of [...texts, ...texts.toReversed()]) {
    expect(digest(text)).toBe(expected(text))
    expect(digest(text)).toHaveLength(32)
  }
})

test('a text that only looks like another one when bytes are cut has another digest', () => {
  expect(digest('\u0141bc')).not.toBe(digest('Abc'))
  expect(digest('key')).not.toBe(digest('key\0'))
  expect(digest('longer text')).not.toBe(digest('longer'))
})

test('the salt has 64 bits at least, and another process has other digests', () => {
  const asked: number[] = []
  const one = saltedDigest((length) => {
    asked.push(length)
    return randomBytes(length)
  })
  expect(asked[0]).toBeGreaterThanOrEqual(8)
  expect(one('a text')).not.toBe(saltedDigest(randomBytes)('a text'))
})

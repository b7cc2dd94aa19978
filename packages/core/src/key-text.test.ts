import { randomBytes } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  containsKeyText,
  crc32,
  generateKeyText,
  isKeyText,
  keyBytesMax,
  keyTextParts,
  maskKey,
  randomBase62,
  secretPartLength,
} from './key-text.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const prefix = fc.stringMatching(/^[a-z][a-z0-9]{0,7}(_[a-z0-9]{1,6}){0,2}$/)
const tag = fc.option(fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/), { nil: null })
const keyText = fc.tuple(prefix, tag).map(([head, environment]) => generateKeyText(head, environment, randomBytes))

const base62 = (value: number): string => {
  let text = ''
  for (let rest = value; text.length < 6; rest = Math.floor(rest / 62)) text = alphabet.charAt(rest % 62) + text
  return text
}

/** Milliseconds of the quickest of several runs, so that a busy machine does not matter. */
function quickest(work: () => void): number {
  const times = Array.from({ length: 20 }, () => {
    const from = performance.now()
    work()
    return performance.now() - from
  })
  return Math.min(...times)
}

describe('generating', () => {
  test('no modulo bias: bytes of 248 and above are thrown away, all others are used', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    expect(randomBase62(248, () => bytes)).toBe(alphabet.repeat(4))
    const served = [Uint8Array.from([248, 249, 255, 250]), Uint8Array.from([247, 0, 61, 62])]
    expect(randomBase62(4, () => served.shift() ?? new Uint8Array())).toBe('z0z0')
  })

  test('every character is equally likely at every place', () => {
    const counts = new Map<string, number>()
    for (let round = 0; round < 2_000; round++) {
      for (const character of randomBase62(31, randomBytes)) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    // 1,000 expected each, deviation 31: seven deviations are never seen by chance.
    for (const character of alphabet) expect(Math.abs((counts.get(character) ?? 0) - 1_000)).toBeLessThan(220)
  })

  test('what is generated is a key, of the stated layout, for every prefix and environment (U1: several segments too)', () => {
    fc.assert(
      fc.property(prefix, tag, (head, environment) => {
        const text = generateKeyText(head, environment, randomBytes)
        const whole = environment === null ? head : `${head}_${environment}`
        expect(isKeyText(text)).toBe(true)
        expect(text.length).toBe(whole.length + 1 + secretPartLength)
        expect(text.slice(-6)).toBe(base62(zlibCrc32(text.slice(0, -6))))
        const secret = text.slice(-secretPartLength)
        expect(keyTextParts(text)).toEqual({ head: whole, first: secret.slice(0, 4), last: secret.slice(-4) })
      }),
    )
  })

  test('two keys differ', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => generateKeyText('tst', null, randomBytes))).size).toBe(1_000)
  })
})

describe('the checksum', () => {
  test('is the CRC-32 of zlib, of the whole text or its beginning', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{0,80}$/), fc.nat(80), (text, length) => {
        const cut = Math.min(length, text.length)
        expect(crc32(text)).toBe(zlibCrc32(text))
        expect(crc32(text, cut)).toBe(zlibCrc32(text.slice(0, cut)))
      }),
    )
  })

  test('agrees with the published vector of the scheme, in its alphabet and order of digits', () => {
    expect(base62(crc32('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ'))).toBe('0mLq17')
  })

  test('rejects every change of one character', () => {
    const text = generateKeyText('tst_live', 'dev', randomBytes)
    const others = `${alphabet}_-. ~\u0000é𝟘`
    for (let index = 0; index < text.length; index++) {
      for (const other of others) {
        if (other !== text.charAt(index))
          expect(isKeyText(text.slice(0, index) + other + text.slice(index + 1)), `${index} ${other}`).toBe(false)
      }
    }
  })

  test('rejects what copying does to a key: cut, doubled, spaced, quoted, two neighbours exchanged', () => {
    fc.assert(
      fc.property(keyText, fc.nat(), (text, at) => {
        const index = at % (text.length - 1)
        const swapped = text.slice(0, index) + text.charAt(index + 1) + text.charAt(index) + text.slice(index + 2)
        if (swapped !== text) expect(isKeyText(swapped)).toBe(false)
        for (const broken of [
          text.slice(1),
          text.slice(0, -1),
          text + text,
          ` ${text}`,
          `${text} `,
          `"${text}"`,
          `${text}\n`,
          text.toUpperCase(),
        ]) {
          expect(isKeyText(broken)).toBe(false)
        }
      }),
    )
  })
})

describe('T6: foreign texts', () => {
  const withChecksum = (body: string) => body + base62(zlibCrc32(body))
  const secret = 'A'.repeat(32)

  test('lengths are bounded on both sides, whatever the checksum says', () => {
    expect(isKeyText(withChecksum(`a_${secret}`))).toBe(true)
    expect(isKeyText(withChecksum(`_${secret}`))).toBe(false)
    expect(isKeyText(withChecksum(secret))).toBe(false)
    const longest = 'p'.repeat(keyBytesMax - 1 - secretPartLength)
    expect(isKeyText(withChecksum(`${longest}_${secret}`))).toBe(true)
    expect(isKeyText(withChecksum(`${longest}p_${secret}`))).toBe(false)
    expect(isKeyText('')).toBe(false)
  })

  test('only ASCII base62 behind the last underscore, and lower case, digits and underscores before', () => {
    for (const body of [
      `tst-${secret}`,
      `TST_${secret}`,
      `t st_${secret}`,
      `tst_${'-'.repeat(32)}`,
      `tst_${'_'.repeat(32)}`,
      `té_${secret}`,
    ]) {
      expect(isKeyText(body + base62(crc32(body))), body).toBe(false)
    }
  })

  test('no text that was not made as a key is one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 40, maxLength: 60 })), (text) => {
        expect(isKeyText(text)).toBe(false)
        expect(keyTextParts(text)).toBeUndefined()
      }),
    )
  })

  test('ten thousand texts of 100 kB cost less than 10 ms', () => {
    const texts = ['a'.repeat(100_000), `${'a_'.repeat(50_000)}`, '\u0000'.repeat(100_000), '𝟘'.repeat(50_000)]
    const elapsedMs = quickest(() => {
      for (let round = 0; round < 2_500; round++) for (const text of texts) isKeyText(text)
    })
    expect(elapsedMs).toBeLessThan(10)
  })
})

describe('masks', () => {
  test('show as many characters as they say, of one end, and never more than four', () => {
    const parts = { head: 'tst_dev', first: 'abcd', last: 'wxyz' }
    expect(maskKey(parts, { kind: 'last', characters: 4 })).toBe('tst_dev_••••••••wxyz')
    expect(maskKey(parts, { kind: 'last', characters: 1 })).toBe('tst_dev_••••••••z')
    expect(maskKey(parts, { kind: 'first', characters: 2 })).toBe('tst_dev_ab••••••••')
    expect(maskKey(parts, { kind: 'first', characters: 40 })).toBe('tst_dev_abcd••••••••')
    expect(maskKey(parts, { kind: 'last', characters: 40 })).toBe('tst_dev_••••••••wxyz')
  })

  test('that show no characters show none', () => {
    const parts = { head: 'tst', first: 'abcd', last: 'wxyz' }
    expect(maskKey(parts, { kind: 'last', characters: 0 })).toBe('tst_••••••••')
    expect(maskKey(parts, { kind: 'first', characters: 0 })).toBe('tst_••••••••')
  })
})

describe('finding a key in a text', () => {
  const around = fc.constantFrom('', ' ', 'key: ', '"', 'KEY=', 'my_', 'x', '9_a_', '\n', 'https://a.example/?k=', 'é')

  test('finds every key whatever stands around it', () => {
    fc.assert(
      fc.property(around, keyText, around, (before, key, after) => {
        expect(containsKeyText(`${before}${key}${after}`)).toBe(true)
      }),
    )
  })

  test('takes nothing else for one: hashes, identifiers, masked and mistyped keys', () => {
    const key = generateKeyText('exa', 'live', randomBytes)
    const parts = keyTextParts(key)
    const mistyped = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
    for (const text of [
      'deploy_a94a8fe5ccb19ba61c4c0873d391e987982fbbd3',
      `job_${'a'.repeat(38)}`,
      parts === undefined ? '' : maskKey(parts, { kind: 'last', characters: 4 }),
      mistyped,
      key.slice(key.lastIndexOf('_')),
      key.slice(0, -1),
      '',
    ]) {
      expect(containsKeyText(text), text).toBe(false)
    }
  })

  test('costs milliseconds however the text is made', () => {
    const hostile = `${'a'.repeat(200)}_${'B'.repeat(38)}`.repeat(34)
    expect(quickest(() => containsKeyText(hostile))).toBeLessThan(25)
    const underscores = '_'.repeat(8_000)
    expect(quickest(() => containsKeyText(underscores))).toBeLessThan(25)
  })
})

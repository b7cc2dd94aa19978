import { expect, test } from 'vitest'
import { readKeysSearch } from '../keys-search.ts'
import { keyTextOf, looksSecret } from './pasted-key.ts'

const example = `acm_live_${'a1B2'.repeat(9)}c3`

test('a whole key never counts as a search, however it was copied', () => {
  for (const text of [
    example,
    ` ${example}\n`,
    `Bearer ${example}`,
    `"${example}"`,
    `API_KEY=${example}`,
    `X-API-Key: ${example}`,
  ]) {
    expect(looksSecret(text), text).toBe(true)
    expect(keyTextOf(text), text).toBe(example)
  }
})

test('the secret part alone and, with known prefixes, pieces of a key count as secret', () => {
  expect(looksSecret(`${'a1B2'.repeat(9)}c3`)).toBe(true)
  expect(looksSecret(example.slice(0, 30), ['acm'])).toBe(true)
  expect(looksSecret(example.slice(0, 30), ['other'])).toBe(false)
})

test('names, ids and last characters are searches', () => {
  for (const text of [
    'CRM sync',
    'key_VvVzek7SJ3044Lqu5zWL',
    'ZeHJ',
    'Donaudampfschifffahrtsgesellschaftskapitänsmützenschlüssel',
    'acm_live_ZeHJ',
    '',
  ])
    expect(looksSecret(text, ['acm']), text).toBe(false)
})

test('an address with a key in it is read without it', () => {
  expect(readKeysSearch({ search: example, type: 'api' })).toEqual({ type: 'api' })
})

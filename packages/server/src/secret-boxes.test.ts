import { expect, test } from 'vitest'
import { peppersOf } from './crypto.ts'
import { Secret } from './secret.ts'
import { SecretBoxes } from './secret-boxes.ts'

const old = new Uint8Array(32).fill(1)
const current = new Uint8Array(32).fill(2)
const boxes = new SecretBoxes(peppersOf(current), 'webhook')

test('a box opens for its owner alone, under its pepper and purpose, and only unaltered', () => {
  const box = boxes.seal('whk_1', new Secret('whsec_secret'))
  expect(box).not.toContain('secret')
  expect(boxes.open('whk_1', box)?.expose()).toBe('whsec_secret')
  expect(boxes.open('whk_2', box)).toBeUndefined()
  expect(new SecretBoxes(peppersOf(old), 'webhook').open('whk_1', box)).toBeUndefined()
  expect(new SecretBoxes(peppersOf(current), 'other').open('whk_1', box)).toBeUndefined()
  const end = box.endsWith('A') ? 'Q' : 'A'
  for (const altered of [`${box.slice(0, -2)}${end}${end}`, box.slice(0, -30), box.replace('v1', 'v2'), '', 'v1...'])
    expect(boxes.open('whk_1', altered)).toBeUndefined()
  expect(boxes.seal('whk_1', new Secret('whsec_secret'))).not.toBe(box)
})

test('what an older pepper sealed still opens, and new boxes are under the current one', () => {
  const box = new SecretBoxes(peppersOf(old), 'webhook').seal('whk_1', new Secret('x'))
  expect(new SecretBoxes(peppersOf(current, old), 'webhook').open('whk_1', box)?.expose()).toBe('x')
})

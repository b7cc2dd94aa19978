import { expect, test } from 'vitest'
import { nameAdvice } from './name-advice.ts'
import type { ResolvedConfig } from './resolved.ts'
import { recordedKeys, typedKeys } from './samples.ts'
import type { KeywrightConfig } from './types.ts'
import { validateConfig } from './validate.ts'

function resolved(config: KeywrightConfig): ResolvedConfig {
  const validation = validateConfig(config)
  if (!validation.ok) throw new Error(JSON.stringify(validation.errors))
  return validation.config
}

const config = resolved(recordedKeys)

test.each([
  'Key 1',
  'Test',
  'key',
  'KEY',
  ' test ',
  'key-2',
  'Key #3',
  'API Key',
  'api_key_12',
  'Test (2)',
  '42',
  'Ｋｅｙ　１',
])('the vague name %j gets the advice', (name) => {
  expect(nameAdvice(name, config)).toBe(config.fields.name.advice?.text)
})

test.each([
  'Inventory Integration',
  'CRM Sync',
  'Developer Testing',
  'Key Account Export',
  'Test Runner',
  'Keystone',
  'Contest',
  '',
])('the name %j gets none', (name) => {
  expect(nameAdvice(name, config)).toBeNull()
})

test('a name that is vague in any of the languages gets the advice', () => {
  const { name } = recordedKeys.fields ?? {}
  if (name?.advice === undefined) throw new Error('the sample gives no advice')
  const advice = { ...name.advice, vague: [{ en: 'test', fr: 'essai' }] }
  const both = resolved({ ...recordedKeys, fields: { ...recordedKeys.fields, name: { ...name, advice } } })
  for (const vague of ['Test', 'Essai 2']) expect(nameAdvice(vague, both)).toEqual(advice.text)
  expect(nameAdvice('Contest', both)).toBeNull()
})

test('without configured advice no name gets any', () => {
  expect(nameAdvice('Key 1', resolved(typedKeys))).toBeNull()
})

test('a hostile name takes no time', () => {
  expect(nameAdvice(`${' 1'.repeat(1_000_000)}x`, config)).toBeNull()
})

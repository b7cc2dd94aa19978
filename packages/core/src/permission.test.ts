import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePermission, withoutInstance } from './permission.ts'

test('a permission is resource, verb and perhaps an instance', () => {
  expect(parsePermission('calls.view')).toEqual({ resource: 'calls', verb: 'view', instance: null })
  expect(parsePermission('agents.paths.edit')).toEqual({ resource: 'agents.paths', verb: 'edit', instance: null })
  expect(parsePermission('integrations.use:crm')).toEqual({ resource: 'integrations', verb: 'use', instance: 'crm' })
  expect(parsePermission('files.read:a.b-c_D')).toEqual({ resource: 'files', verb: 'read', instance: 'a.b-c_D' })
  expect(withoutInstance('integrations.use:crm')).toBe('integrations.use')
  expect(withoutInstance('calls.view')).toBe('calls.view')
})

test('T14, 35: wildcards, empty segments, capitals, spaces and other alphabets are no permissions', () => {
  const none = [
    '',
    '.',
    'a',
    'a.',
    '.a',
    'a..b',
    'a.b.',
    '*',
    'a.*',
    '*.b',
    'a.b:',
    'a.b:*',
    ':x',
    'a.b:x:y',
    'a.b:.x',
    'a.b: x',
    'A.b',
    'a.B',
    ' a.b',
    'a.b ',
    'a.b\n',
    'a.b\0',
    'а.b',
    'a.ｂ',
    'a.b​',
    'ﬁ.b',
    'a.b:ｘ',
    'a/b',
    'a b.c',
    '1.b',
    'a.b.c.d.e.f',
    '__proto__.b',
    'a.__proto__',
    `${'a'.repeat(65)}.b`,
    `a.b:${'x'.repeat(129)}`,
  ]
  for (const text of none) expect(parsePermission(text), JSON.stringify(text)).toBeUndefined()
})

test('34: texts made to make a pattern slow cost nothing', () => {
  const texts = [
    'a.'.repeat(50_000),
    'a'.repeat(100_000),
    `${'a.'.repeat(127)}!`,
    `a.b:${'x.'.repeat(120)}!`,
    `${'a-'.repeat(100)}.`,
  ]
  const from = performance.now()
  for (let round = 0; round < 200; round++) for (const text of texts) expect(parsePermission(text)).toBeUndefined()
  expect((performance.now() - from) / 1_000).toBeLessThan(10)
})

test('what is read is what was written', () => {
  const segment = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/)
  const instance = fc.option(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,9}$/), { nil: null })
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), segment, instance, (resource, verb, named) => {
      const text = `${resource.join('.')}.${verb}${named === null ? '' : `:${named}`}`
      expect(parsePermission(text)).toEqual({ resource: resource.join('.'), verb, instance: named })
    }),
  )
})

import { type EventType, events } from '@keywright/core'
import { expect, test } from 'vitest'
import type { LogEntry } from '../../api/records.ts'
import { en } from '../../locales/en.ts'
import { fr } from '../../locales/fr.ts'
import type { Say } from '../../locales/words.tsx'
import { changesOf, valueText } from './changes.ts'
import { kindsOf, type Naming, sentenceOf } from './sentence.ts'

/** Says entries as the page does, without plurals. */
const sayWith =
  (catalogue: object): Say =>
  (phrase, values = {}) => {
    let node: unknown = catalogue
    for (const name of phrase.split('.')) node = (node as Record<string, unknown> | undefined)?.[name]
    if (typeof node !== 'string') throw new Error(`no words for ${phrase}`)
    return node.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
  }

const naming = (catalogue: object = en, own: readonly string[] = []): Naming => ({
  say: sayWith(catalogue),
  accountWord: 'account',
  ownIds: own,
  memberName: (id) => ({ mem_ada: 'Ada', mem_grace: 'Grace' })[id],
  keyName: (id) => (id === 'key_1' ? 'CRM sync' : undefined),
})

const entry = (part: Omit<Partial<LogEntry>, 'type'> & { readonly type: EventType }): LogEntry => ({
  number: 1,
  epoch: 'e',
  at: '2026-11-21T10:00:00Z',
  actor: { kind: 'member', id: 'mem_ada' },
  account: 'acc_1',
  target: { kind: 'key', id: 'key_1' },
  before: null,
  after: null,
  reason: null,
  requestId: 'r',
  ...part,
})

test('an entry reads as a sentence: who did what to which key', () => {
  expect(sentenceOf(entry({ type: 'key.rotated' }), naming())).toBe('Ada rotated “CRM sync”')
  expect(sentenceOf(entry({ type: 'key.rotated' }), naming(en, ['mem_ada']))).toBe('You rotated “CRM sync”')
  expect(sentenceOf(entry({ type: 'key.revoked', actor: { kind: 'operator', id: 'per_9' } }), naming())).toBe(
    'An operator revoked “CRM sync”',
  )
})

test('a deleted key keeps the name that its entry holds', () => {
  const deleted = entry({ type: 'key.deleted', target: { kind: 'key', id: 'key_9' }, before: { name: 'Old importer' } })
  expect(sentenceOf(deleted, naming())).toBe('Ada deleted “Old importer”')
})

test('members who left and unknown keys are named without their ids', () => {
  const gone = entry({
    type: 'member.deleted',
    actor: { kind: 'member', id: 'mem_x' },
    target: { kind: 'member', id: 'mem_grace' },
  })
  expect(sentenceOf(gone, naming())).toBe('A former member removed Grace from the team')
})

test.each([
  ['English', en],
  ['French', fr],
])('every event of the log has its words in %s, and no placeholder is left', (_language, catalogue) => {
  const { kinds } = catalogue.activity as unknown as { readonly kinds: Record<string, Record<string, string>> }
  for (const type of Object.keys(events) as EventType[]) {
    const sentence = sentenceOf(entry({ type }), naming(catalogue))
    expect(sentence, type).not.toMatch(/[{}]|undefined/)
    const [group = '', name = ''] = type.split('.')
    expect(kinds[group]?.[name], type).toBeTypeOf('string')
  }
})

test('a type that is newer than this console is named as it is', () => {
  const unknown = { ...entry({ type: 'key.created' }), type: 'key.blessed' as EventType }
  expect(sentenceOf(unknown, naming())).toBe('Ada: key.blessed')
})

test('the kinds of an account leave out those of the installation, which operators get', () => {
  expect(kindsOf(false).map(({ group }) => group)).toEqual(['key', 'member', 'invitation', 'account', 'webhook'])
  expect(
    kindsOf(true)
      .flatMap(({ types }) => types)
      .sort(),
  ).toEqual(Object.keys(events).sort())
})

test('what changed lists each field once and leaves out what stayed nothing', () => {
  expect(
    changesOf({ before: { state: 'active', endsAt: null }, after: { state: 'paused', endsAt: null, limits: [] } }),
  ).toEqual([{ name: 'state', before: 'active', after: 'paused' }])
  expect(changesOf({ before: null, after: null })).toEqual([])
})

test('values are written for people', () => {
  const words = { exact: (moment: string) => `at ${moment}`, nothing: 'none' }
  expect(valueText('2026-11-22T04:35:13.834Z', words)).toBe('at 2026-11-22T04:35:13.834Z')
  expect(valueText({ permissions: ['jobs.view', 'calls.view'] }, words)).toBe('jobs.view, calls.view')
  expect(valueText({ permissions: [] }, words)).toBe('none')
  expect(valueText(null, words)).toBe('none')
  expect(valueText(50, words)).toBe('50')
})

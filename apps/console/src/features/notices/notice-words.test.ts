import { expect, test } from 'vitest'
import type { Notice } from '../../api/records.ts'
import { en } from '../../locales/en.ts'
import type { Say } from '../../locales/words.tsx'
import { noticeWords } from './notice-words.ts'

const say: Say = (phrase, values = {}) => {
  let node: unknown = en
  for (const part of phrase.split('.')) node = (node as Record<string, unknown>)[part]
  const text =
    typeof node === 'string' ? node : (node as { one: string; other: string })[values['count'] === 1 ? 'one' : 'other']
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
}

const notice = (about: Partial<Notice>): Notice => ({
  id: 'ntc_1',
  kind: 'key.expiring',
  key: 'key_1',
  keyName: 'CRM sync',
  at: '2026-11-21T04:00:00Z',
  days: 7,
  mailed: false,
  ...about,
})

test('a notice says which key and how many days', () => {
  expect(noticeWords(notice({}), say)).toBe('“CRM sync” expires in 7 days')
  expect(noticeWords(notice({ days: 1 }), say)).toBe('“CRM sync” expires within a day')
  expect(noticeWords(notice({ kind: 'key.unused', days: 90 }), say)).toBe('“CRM sync” has not been used for 90 days')
})

test('a key without a name, and one that is gone, are told apart', () => {
  expect(noticeWords(notice({ kind: 'key.revoked', keyName: null }), say)).toBe('A key without a name was revoked')
  expect(noticeWords(notice({ kind: 'key.revoked', key: null, keyName: null }), say)).toBe('A deleted key was revoked')
})

test('a webhook that was switched off is told without a key', () => {
  expect(noticeWords(notice({ kind: 'webhook.disabled', key: null, keyName: null, days: null }), say)).toMatch(
    /^A webhook was switched off/,
  )
})

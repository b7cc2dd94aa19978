import { expect, test } from 'vitest'
import { changeOf, draftFaults, draftOf, emptyOverride, type ListedAccount } from './plan-draft.ts'

const account: ListedAccount = {
  id: 'acc_1',
  name: 'Northwind',
  externalId: null,
  state: 'active',
  plan: 'free',
  overrides: [
    { name: 'requests', limit: 500, windowSeconds: 60, burst: 900, until: '2026-12-01T10:00:00.000Z' },
    { name: 'exports', limit: 5, windowSeconds: 3_600, until: null },
  ],
  activeKeys: { max: 80, until: null },
  createdAt: '2026-11-21T04:00:00Z',
  updatedAt: '2026-11-21T04:00:00Z',
}

test('a draft that nobody touched changes nothing', () => {
  const { plan, overrides, activeKeys } = account
  expect(draftFaults(draftOf(account)).size).toBe(0)
  expect(changeOf(draftOf(account))).toEqual({ plan, overrides, activeKeys })
})

test('the three caps are told apart: as the plan says, none, and a number', () => {
  const draft = draftOf({ ...account, activeKeys: null })
  expect(draft.cap).toBe('plan')
  expect(changeOf(draft).activeKeys).toBeNull()
  expect(changeOf({ ...draft, cap: 'none' }).activeKeys).toEqual({ max: null, until: null })
  expect(changeOf({ ...draft, cap: 'max', capMax: 0 }).activeKeys).toEqual({ max: 0, until: null })
  expect(draftOf({ ...account, activeKeys: { max: null, until: null } }).cap).toBe('none')
})

test('what cannot be sent is found at its field', () => {
  const draft = draftOf(account)
  const row = { ...emptyOverride(2), name: 'requests', limit: 1.5, windowSeconds: '', burst: 0, until: 'soon' }
  const found = draftFaults({ ...draft, overrides: [...draft.overrides, row], cap: 'max', capMax: '', capUntil: 'x' })
  expect(Object.fromEntries(found)).toEqual({
    '2.name': 'twice',
    '2.limit': 'number',
    '2.windowSeconds': 'number',
    '2.burst': 'number',
    '2.until': 'moment',
    'cap.max': 'count',
    'cap.until': 'moment',
  })
  expect(draftFaults({ ...draft, overrides: [{ ...row, name: 'Two words' }] }).get('2.name')).toBe('name')
})

test('a cap that is not wanted is not judged', () => {
  expect(draftFaults({ ...draftOf(account), cap: 'plan', capMax: 'many', capUntil: 'x' }).size).toBe(0)
})

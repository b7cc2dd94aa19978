import { expect, test } from 'vitest'
import { readKeysSearch } from '../keys-search.ts'
import {
  activeFilters,
  changed,
  cleared,
  countOf,
  nextSort,
  sortOf,
  statesOf,
  toBatchFilter,
  toListQuery,
} from './keys-query.ts'

const config = {
  display: {
    mask: { kind: 'last', characters: 4 },
    columns: ['name'],
    listedStates: ['active', 'revoked'],
    stateLabels: { active: 'Active', paused: 'Paused', revoked: 'Revoked', expired: 'Expired' },
  },
} as const
const nowMs = Date.parse('2026-11-21T10:15:30Z')
const place = { config, memberId: 'mem_1', nowMs }

test('without filters the list asks for the states that the configuration lists, newest first', () => {
  expect(toListQuery({}, place)).toEqual({
    state: ['active', 'revoked'],
    sort: '-created',
    cursor: undefined,
    limit: 50,
  })
})

test('each filter of the address becomes the filter of the API', () => {
  const search = readKeysSearch({
    search: 'crm',
    state: 'active,paused',
    type: 'api',
    environment: 'production',
    owner: 'me',
    permission: 'jobs.view',
    unused: '30',
    expiring: 7,
    due: true,
    noExpiry: 'true',
    unrestricted: true,
    rotating: true,
    sort: '-lastUsed',
  })
  expect(toListQuery(search, place)).toEqual({
    search: 'crm',
    state: ['active', 'paused'],
    type: 'api',
    environment: 'production',
    owner: 'mem_1',
    permission: 'jobs.view',
    unusedSince: '2026-10-22T11:00:00.000Z',
    expiresBefore: '2026-11-28T11:00:00.000Z',
    dueForRotation: true,
    noExpiry: true,
    unrestricted: true,
    rotating: true,
    sort: '-lastUsed',
    cursor: undefined,
    limit: 50,
  })
})

test('moments are the same all through an hour, so that the cursor of a page fits the next one', () => {
  const later = { ...place, nowMs: nowMs + 40 * 60_000 }
  expect(toListQuery({ unused: 90 }, later)).toEqual(toListQuery({ unused: 90 }, place))
})

test('“me” is no filter for someone who is no member, and service keys stay one', () => {
  expect(toListQuery({ owner: 'me' }, { ...place, memberId: null })).not.toHaveProperty('owner')
  expect(toListQuery({ owner: 'none' }, place)).toMatchObject({ owner: 'none' })
})

test('a batch over all that match names its account and its states, and neither order nor page', () => {
  expect(toBatchFilter({ unused: 90, sort: 'name', cursor: 'c', page: 2 }, 'acc_1', place)).toEqual({
    account: 'acc_1',
    unusedSince: '2026-08-23T11:00:00.000Z',
    state: ['active', 'revoked'],
  })
})

test('states and orders that nobody knows are forgotten', () => {
  expect(statesOf({ state: 'gone' }, config)).toEqual(['active', 'revoked'])
  expect(statesOf({ state: 'expired,gone' }, config)).toEqual(['expired'])
  expect(sortOf({ sort: 'secret' })).toBe('-created')
})

test('changing a filter begins at the first page and keeps the order', () => {
  const search = { type: 'api', sort: 'name', cursor: 'c', page: 3 }
  expect(changed(search, { type: undefined, due: true })).toEqual({ sort: 'name', due: true })
  expect(cleared(search)).toEqual({ sort: 'name' })
})

test('only filters count as filters, not order and place', () => {
  expect(activeFilters({ sort: 'name', cursor: 'c', page: 2 })).toEqual([])
  expect(activeFilters({ due: true, search: 'x' })).toEqual(['search', 'due'])
})

test('a total is told only where the summary knows it', () => {
  const states = { active: 5, paused: 1, revoked: 2, expired: 3 }
  expect(countOf({}, states, config)).toBe(7)
  expect(countOf({ state: 'expired' }, states, config)).toBe(3)
  expect(countOf({ search: 'crm' }, states, config)).toBeNull()
  expect(countOf({}, undefined, config)).toBeNull()
})

test('a heading sorts first in its own direction and then turns round', () => {
  expect(nextSort('name', '-created')).toBe('name')
  expect(nextSort('name', 'name')).toBe('-name')
  expect(nextSort('lastUsed', 'name')).toBe('-lastUsed')
  expect(nextSort('lastUsed', '-lastUsed')).toBe('lastUsed')
})

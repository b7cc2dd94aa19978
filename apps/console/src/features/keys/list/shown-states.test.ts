import { expect, test } from 'vitest'
import { shownStates } from './shown-states.ts'

const display = (listedStates: readonly ('active' | 'paused' | 'revoked' | 'expired')[]) => ({
  mask: { kind: 'last' as const, characters: 4 },
  columns: ['name'],
  listedStates,
  stateLabels: { active: 'Active', paused: 'Paused', revoked: 'Revoked', expired: 'Expired' },
})
const words = { label: '', confirm: 'dialog', warning: '' } as const
const expiry = { choicesDays: [null], defaultDays: null, maxDays: null } as const
const none = { active: 0, paused: 0, revoked: 0, expired: 0 }

test('only the states that the configuration lists are there to choose, whatever state keys are in', () => {
  const config = { display: display(['active']), actions: {}, expiry }
  expect(shownStates(config, { ...none, active: 3 }, [])).toEqual(['active'])
  expect(shownStates(config, { ...none, revoked: 2, expired: 1 }, [])).toEqual(['active'])
})

test('a state that an address has chosen is always shown', () => {
  expect(shownStates({ display: display(['active']), actions: {}, expiry }, undefined, ['expired'])).toEqual([
    'active',
    'expired',
  ])
})

test('paused is left out where nothing can be paused, until some key is', () => {
  const listed = display(['active', 'paused'])
  expect(shownStates({ display: listed, actions: {}, expiry }, none, [])).toEqual(['active'])
  expect(shownStates({ display: listed, actions: {}, expiry }, { ...none, paused: 1 }, [])).toEqual([
    'active',
    'paused',
  ])
  expect(shownStates({ display: listed, actions: { pause: words }, expiry }, none, [])).toEqual(['active', 'paused'])
})

test('revoked and expired are left out where keys neither are revoked nor end by themselves', () => {
  const listed = display(['active', 'paused', 'revoked', 'expired'])
  const config = { display: listed, actions: { delete: words }, expiry }
  expect(shownStates(config, none, [])).toEqual(['active'])
  expect(shownStates(config, { ...none, revoked: 1 }, [])).toEqual(['active', 'revoked'])
  expect(shownStates({ ...config, expiry: { ...expiry, choicesDays: [30] } }, none, [])).toEqual(['active', 'expired'])
})

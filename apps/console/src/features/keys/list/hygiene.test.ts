import { expect, test } from 'vitest'
import { choresOf } from './hygiene.ts'

const calm = {
  states: { active: 4, paused: 0, revoked: 0, expired: 0 },
  cap: { used: 4, max: null },
  unused30Days: 0,
  unused90Days: 0,
  unrestricted: 0,
  expiring7Days: 0,
  dueForRotation: 0,
  rotating: 0,
}
const grants = {
  unrestricted: 'offered',
  unrestrictedPreset: null,
  custom: true,
  editable: true,
  default: null,
  advice: '',
  notEditable: '',
} as const
const rotation = { dueAfterDays: 90, overlapsSeconds: [], defaultOverlapSeconds: 0, maxOverlapSeconds: 0 }

test('where all is well there is nothing to do', () => {
  expect(choresOf(calm, { grants, rotation })).toEqual([])
})

test('each chore leads to the filter that counted it', () => {
  const summary = { ...calm, unused90Days: 3, unrestricted: 1, expiring7Days: 2, dueForRotation: 4 }
  expect(choresOf(summary, { grants, rotation })).toEqual([
    { kind: 'expiring', count: 2, search: { state: 'active', expiring: 7 } },
    { kind: 'unrestricted', count: 1, search: { state: 'active', unrestricted: true } },
    { kind: 'unused', count: 3, search: { state: 'active', unused: 90 } },
    { kind: 'due', count: 4, search: { state: 'active', due: true } },
  ])
})

test('what the configuration does not know is no chore', () => {
  const summary = { ...calm, unrestricted: 4, dueForRotation: 4 }
  const plain = {
    grants: { ...grants, unrestricted: 'absent' as const },
    rotation: { ...rotation, dueAfterDays: null },
  }
  expect(choresOf(summary, plain)).toEqual([])
})

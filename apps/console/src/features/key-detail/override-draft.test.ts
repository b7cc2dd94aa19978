import { describe, expect, test } from 'vitest'
import { type OverrideDraft, overrideBody, overrideDraft, overrideFaults } from './override-draft.ts'

const nowMs = Date.UTC(2026, 10, 21, 12)
const inForce = { limits: [{ name: 'requests', limit: 100, windowSeconds: 60 }], accountLimits: [], quota: null }
const draft: OverrideDraft = overrideDraft(inForce, {})

describe('limits that an operator puts in force', () => {
  test('begin with what applies, and are sent for good where no day is named', () => {
    expect(overrideFaults(draft, nowMs)).toEqual({})
    expect(overrideBody(draft, nowMs)).toEqual({
      limits: [{ name: 'requests', limit: 100, windowSeconds: 60, until: null }],
    })
  })

  test('hold until the end of the named day, quota and reason included', () => {
    const body = overrideBody(
      { ...draft, until: '2026-12-24', quota: { limit: '5', period: '' }, reason: ' sale ' },
      nowMs,
    )
    const until = new Date(2026, 11, 24, 23, 59, 59).toISOString()
    expect(body).toEqual({
      limits: [{ name: 'requests', limit: 100, windowSeconds: 60, until }],
      quota: { limit: 5, period: null, until },
      reason: 'sale',
    })
  })

  test('are refused where a number is none, a name is twice, the day is over, or nothing is set', () => {
    const [row] = draft.rows
    if (row === undefined) throw new Error('no row')
    expect(overrideFaults({ ...draft, rows: [{ ...row, limit: '1.5', windowSeconds: '0' }] }, nowMs)).toEqual({
      'limit:0': 'number',
      'window:0': 'number',
    })
    expect(overrideFaults({ ...draft, rows: [row, { ...row, id: 1 }] }, nowMs)).toMatchObject({ 'name:1': 'name' })
    expect(overrideFaults({ ...draft, until: '2026-11-20' }, nowMs)).toEqual({ until: 'past' })
    expect(overrideFaults({ ...draft, rows: [] }, nowMs)).toEqual({ rows: 'nothing' })
  })
})

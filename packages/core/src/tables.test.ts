import { describe, expect, test } from 'vitest'
import { events } from './event.ts'
import { isProblem, problem, problems } from './problem.ts'

describe('the table of problems', () => {
  test('every code is snake case with a status of failure and a sentence without a full stop', () => {
    for (const [code, { status, title }] of Object.entries(problems)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
    }
  })

  test('U11, T25: what a stranger sees of a verdict has its status', () => {
    expect(problems.invalid_token.status).toBe(401)
    expect(problems.credential_missing.status).toBe(401)
    expect(problems.credential_ambiguous.status).toBe(400)
    for (const code of ['insufficient_scope', 'wrong_type', 'network_not_allowed'] as const)
      expect(problems[code].status).toBe(403)
    for (const code of ['rate_limited', 'quota_exceeded'] as const) expect(problems[code].status).toBe(429)
    expect(problems.unavailable.status).toBe(503)
  })

  test('a problem is told from all else, names of the prototype included', () => {
    expect(isProblem(problem('key_not_found'))).toBe(true)
    expect(problem('bad_request', 'why', [{ pointer: '/a', detail: 'b' }])).toEqual({
      problem: 'bad_request',
      detail: 'why',
      errors: [{ pointer: '/a', detail: 'b' }],
    })
    expect(Object.keys(problem('bad_request'))).toEqual(['problem'])
    for (const value of [
      null,
      undefined,
      'key_not_found',
      {},
      { problem: 'no_such_code' },
      { problem: 'toString' },
      { problem: '__proto__' },
      { problem: 404 },
    ]) {
      expect(isProblem(value)).toBe(false)
    }
  })
})

test('every event is a noun and what happened to it, with one sentence', () => {
  for (const [type, meaning] of Object.entries(events)) {
    expect(type).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)*$/)
    expect(meaning).toMatch(/^[A-Z].*[^.]$/)
  }
})

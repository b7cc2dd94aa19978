import { expect, test } from 'vitest'
import { closingLine, type VitestReport } from './closing-line.ts'

const report = (change: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [{ fullName: 'a', status: 'passed' }] }],
  ...change,
})

test('the closing line counts what passed, failed and was skipped', () => {
  expect(closingLine(report({}), 0)).toBe('3 passed, 0 failed, 1 skipped')
  expect(closingLine(report({ numFailedTests: 2 }), 1)).toBe('3 passed, 2 failed, 1 skipped')
})

test('a file that breaks outside its tests counts as a failure', () => {
  expect(closingLine(report({ testResults: [{ name: 'b.test.ts', status: 'failed', assertionResults: [] }] }), 1)).toBe(
    '3 passed, 1 failed, 1 skipped',
  )
})

test('a failed run never says that nothing failed', () => {
  expect(closingLine(report({}), 1)).toBe('3 passed, 1 failed, 1 skipped')
  expect(closingLine(undefined, 1)).toBe('0 passed, 1 failed, 0 skipped')
})

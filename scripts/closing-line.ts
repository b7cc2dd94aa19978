/** The part of Vitest's JSON report that is counted. */
export interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    /** The file. */
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly meta?: { readonly store?: string }
    }[]
  }[]
}

/**
 * The plain last line of a test run, `N passed, N failed, N skipped`. A file that broke outside its tests counts as one failure, and so does
 * a run that failed without a failed test (an unhandled rejection, no test at all, a report that is missing), so that the line never says less than the exit code.
 */
export function closingLine(report: VitestReport | undefined, exitCode: number): string {
  if (report === undefined) return '0 passed, 1 failed, 0 skipped'
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const counted = report.numFailedTests + broken.length
  const failed = counted === 0 && exitCode !== 0 ? 1 : counted
  return `${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`
}

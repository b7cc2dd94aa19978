import type { Logger } from '../log.ts'

/** The same log with more fields in each line, which are asked for as it is written. */
export function tracedLog(log: Logger, more: () => object): Logger {
  const method = (level: Exclude<keyof Logger, 'child'>) => (fields: object, message: string) =>
    log[level]({ ...fields, ...more() }, message)
  return {
    trace: method('trace'),
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    fatal: method('fatal'),
    child: (fields) => tracedLog(log.child(fields), more),
  }
}

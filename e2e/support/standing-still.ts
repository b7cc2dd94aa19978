import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename, join } from 'node:path'
import { DatabaseSync, StatementSync } from 'node:sqlite'

/**
 * Loaded before a program: it stands still before the step of a number that it makes on files of its data folder (their names, and what SQLite
 * commits), and says so on standard error, so that a test can end it right there, or let it go on by making the file `go-on` in the folder.
 */
const { KEYWRIGHT_DATA: folder = '', STAND_STILL_BEFORE: number = '0', STAND_STILL_AT: pattern = '' } = process.env
delete process.env['STAND_STILL_BEFORE']
delete process.env['STAND_STILL_AT']
const counted = new RegExp(pattern)
let steps = 0

function step(what: string): void {
  if (!counted.test(what)) return
  steps++
  if (steps !== Number(number)) return
  fs.writeSync(2, `stands still before ${what}\n`)
  while (!fs.existsSync(join(folder, 'go-on'))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}

const target = fs as unknown as Record<string, (...given: readonly unknown[]) => unknown>
for (const name of ['copyFileSync', 'renameSync', 'rmSync', 'writeFileSync'] as const) {
  const real = target[name]
  target[name] = (...given) => {
    const path = given.slice(0, 2).find((each) => typeof each === 'string' && each.startsWith(folder))
    // What removes nothing is no step.
    if (typeof path === 'string' && (name !== 'rmSync' || fs.existsSync(path))) step(`${name} ${basename(path)}`)
    return real?.(...given)
  }
}
syncBuiltinESMExports()

const { run } = StatementSync.prototype
StatementSync.prototype.run = function (this: StatementSync, ...given: Parameters<typeof run>) {
  if (this.sourceSQL === 'commit') step('commit')
  return run.apply(this, given)
} as typeof run

const { exec } = DatabaseSync.prototype
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
  if (sql.includes('journal_mode = delete')) step('settle')
  exec.call(this, sql)
}

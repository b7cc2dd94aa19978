import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completePackages, type LockPackages, missingOptionals } from './lockfile.ts'
import { repository } from './run.ts'

const path = join(repository, 'package-lock.json')
const lockfile = JSON.parse(readFileSync(path, 'utf8')) as { readonly packages: LockPackages }
const missing = missingOptionals(lockfile.packages)
if (missing.length > 0) {
  writeFileSync(path, `${JSON.stringify({ ...lockfile, packages: completePackages(lockfile.packages) }, null, 2)}\n`)
}
console.log(`package-lock.json: ${missing.length} optional packages of other platforms added`)

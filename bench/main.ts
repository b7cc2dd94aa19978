import { benchColdChecks, benchColdChecksOnPostgres } from './cold-checks.ts'
import { benchConsoleLists } from './console-lists.ts'
import { benchCreation } from './creation.ts'
import { benchCreationOnPostgres } from './creation-postgres.ts'
import { benchDoors } from './doors.ts'
import { endWithParent } from './endings.ts'
import { benchEngine } from './engine.ts'
import { benchFlood } from './flood.ts'
import { machineNow } from './machine.ts'
import type { Result } from './measure.ts'
import { benchMemory } from './memory.ts'
import { benchPeers } from './peers.ts'
import { benchRedisLimits } from './redis-limits.ts'
import { benchRefusals } from './refusals.ts'
import { keepResults, lineOf } from './report.ts'
import { benchNodeLag, benchRevocationFaults, benchRevocationLag } from './revocation-lag.ts'
import { benchStart } from './start.ts'

/** Every part by its name; `npm run bench` runs them all, `npm run bench -- engine doors` those that are named. */
const parts: Readonly<Record<string, () => Promise<Result | readonly Result[]>>> = {
  engine: benchEngine,
  peers: benchPeers,
  doors: benchDoors,
  refusals: benchRefusals,
  memory: benchMemory,
  'revocation-lag': benchRevocationLag,
  'node-lag': benchNodeLag,
  'revocation-faults': benchRevocationFaults,
  flood: benchFlood,
  'cold-checks': benchColdChecks,
  'cold-checks-postgres': benchColdChecksOnPostgres,
  creation: benchCreation,
  'creation-postgres': benchCreationOnPostgres,
  'console-lists': benchConsoleLists,
  'redis-limits': benchRedisLimits,
  start: benchStart,
}

endWithParent()
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}
for (const [part, run] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(part)) continue
  const machine = machineNow()
  const results = [await run()].flat()
  for (const result of results) console.log(lineOf(result))
  keepResults({ part, at: new Date().toISOString(), machine, results })
}

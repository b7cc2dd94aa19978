import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { benchConsoleLists } from './console-lists.ts'
import { benchCreation } from './creation.ts'
import { benchDoor } from './door.ts'
import { benchEngineHit } from './engine.ts'
import type { Figure, Result } from './measure.ts'
import { benchRedisLimits } from './redis-limits.ts'
import { benchRefusals } from './refusals.ts'
import { benchStart } from './start.ts'

const memoryBytesMax = 600

function benchMemory(): Figure {
  const file = fileURLToPath(new URL('./memory.ts', import.meta.url))
  const value = Number(execFileSync(process.execPath, ['--expose-gc', file], { encoding: 'utf8' }))
  return {
    name: 'memory per cached key without metadata',
    unit: 'bytes',
    value,
    aim: `≤ ${memoryBytesMax} bytes`,
    met: value <= memoryBytesMax,
  }
}

const benches: Readonly<Record<string, () => Promise<Result | readonly Result[]>>> = {
  engine: benchEngineHit,
  refusals: benchRefusals,
  memory: async () => benchMemory(),
  door: benchDoor,
  creation: benchCreation,
  'console-lists': benchConsoleLists,
  'redis-limits': benchRedisLimits,
  start: benchStart,
}

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2, maximumSignificantDigits: 4 })

function lineOf(result: Result): string {
  const met = result.met ? 'met' : 'NOT met'
  if ('value' in result)
    return `${result.name}: ${number.format(result.value)} ${result.unit} (aim ${result.aim}: ${met})`
  const spread = result.spread.map((ratio) => ratio.toFixed(2)).join(' to ')
  return `${result.name}: ${number.format(result.subject)} ${result.unit}, floor ${number.format(result.floor)}, ratio ${result.ratio.toFixed(2)} (${spread}; aim ${result.aim}: ${met})`
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}
const results: Result[] = []
for (const [name, run] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  for (const result of [await run()].flat()) {
    results.push(result)
    console.log(lineOf(result))
  }
}
const folder = new URL('./results/', import.meta.url)
mkdirSync(folder, { recursive: true })
const machine = { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version }
const file = new URL(asked.length === 0 ? 'all.json' : `${asked.join('-')}.json`, folder)
writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), machine, results }, null, 2)}\n`)

import { benchEngine, benchKeys, benchSource, requestOf } from './engine-setup.ts'

const keyCount = 100_000

const heapBytes = (): number => {
  for (let round = 0; round < 4; round++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

// Runs as a process of its own with --expose-gc and prints one number: bytes of heap per cached key without metadata.
const keys = benchKeys(keyCount)
const source = benchSource(keys)
const engine = benchEngine(source, keyCount, 3_600_000)
await engine.refresh()
await engine.verify(requestOf(keys[0] as string))
const before = heapBytes()
for (const key of keys) await engine.verify(requestOf(key))
await engine.flush(async () => {})
const after = heapBytes()
if (engine.state.keys !== keyCount) throw new Error('not all keys are in memory')
console.log((after - before) / keyCount)

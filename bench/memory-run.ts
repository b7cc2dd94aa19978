import { createVerifier } from '@keywright/sdk'
import { endWithParent } from './endings.ts'
import { benchEngine, benchKeys, benchSource, requestOf } from './engine-setup.ts'
import { eachOf, startWorld } from './revocation/world.ts'

endWithParent()
// Runs as a process of its own with --expose-gc and says how many bytes a cached key without metadata takes, in the server's engine or in an
// SDK's verifier.
const [what] = process.argv.slice(2)
const engineKeys = 100_000
/** Fewer, since a server has to make them; the index is as empty as it gets with either. */
const sdkKeys = 50_000

/** What is in use once everything that nobody holds has been collected: heap, and the arrays outside of it. */
function usedBytes(): number {
  for (let round = 0; round < 4; round++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function ofEngine(): Promise<number> {
  const keys = benchKeys(engineKeys)
  const engine = benchEngine(benchSource(keys), engineKeys, 3_600_000)
  await engine.refresh()
  await engine.verify(requestOf(keys[0] as string))
  const before = usedBytes()
  for (const key of keys) await engine.verify(requestOf(key))
  await engine.flush(async () => {})
  const after = usedBytes()
  if (engine.state.keys !== engineKeys) throw new Error('not all keys are in memory')
  return (after - before) / engineKeys
}

async function ofSdk(): Promise<number> {
  const world = await startWorld()
  const keys = (await world.makeKeys(sdkKeys)).map(({ secret }) => secret)
  const verifier = createVerifier({ url: world.url, credential: world.credential, keysMax: sdkKeys })
  await verifier.ready()
  await verifier.verify({ key: keys[0] as string, permissions: ['jobs.view'] })
  const before = usedBytes()
  await eachOf(keys, 200, async (key) => {
    // A machine that is busy with other things may take longer than a check waits.
    while (!(await verifier.verify({ key, permissions: ['jobs.view'] })).valid);
  })
  while (verifier.state.atStake > 0) await new Promise((resolve) => setTimeout(resolve, 100))
  const after = usedBytes()
  if (verifier.state.keys !== sdkKeys) throw new Error(`${verifier.state.keys} keys are in memory`)
  await verifier.close()
  await world.stop()
  return (after - before) / sdkKeys
}

process.send?.({ bytes: await (what === 'sdk' ? ofSdk() : ofEngine()) })

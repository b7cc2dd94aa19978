import { startChild } from './children.ts'
import type { Comparison } from './measure.ts'

const sizes = [1_000, 100_000, 1_000_000]

/** The engine in process, by outcome and number of keys, against the floor: one-shot SHA-256 and a look-up in a `Map`. */
export async function benchEngine(): Promise<readonly Comparison[]> {
  const results: Comparison[] = []
  for (const size of sizes) {
    const child = await startChild('./engine-run.ts', [String(size)])
    results.push(...(child.message['results'] as readonly Comparison[]))
    await child.stop()
  }
  return results
}

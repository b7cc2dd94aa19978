import { hash } from 'node:crypto'

/** The floor of a check in memory: one-shot SHA-256 of the presented text and a look-up in a `Map`, nothing else. Throws where a key is not found. */
export function floorOf(keys: readonly string[]): (text: string) => void {
  const index = new Map(keys.map((key, at) => [hash('sha256', key), at]))
  return (text) => {
    if (index.get(hash('sha256', text)) === undefined) throw new Error('the floor lost a key')
  }
}

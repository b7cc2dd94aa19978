import type { Call } from '../../e2e/support/calls.ts'
import { createKey } from '../../e2e/support/operating.ts'
import { environments } from './testing.ts'

const atOnce = 24

/** Makes keys named `Branch 0000` and so on, those with even numbers for Production; answers their secrets by name. */
export async function createMany(operator: Call, account: string, count: number): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>()
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const name = `Branch ${String(index).padStart(4, '0')}`
      const environment = environments[(index + 1) % 2] ?? 'production'
      secrets.set(name, (await createKey(operator, account, { name, environment })).secret)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return secrets
}

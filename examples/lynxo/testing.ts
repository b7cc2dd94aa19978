import { resolve } from 'node:path'
import { type Call, callsWith } from '../../e2e/support/calls.ts'
import { afterwards } from '../../e2e/support/cleanup.ts'
import { serveInProcess } from '../../e2e/support/in-process.ts'
import type { MovedClock } from '../../e2e/support/moved-clock.ts'
import { createVerifyCredential } from '../../e2e/support/operating.ts'
import { createApi } from './api.ts'

export const environments = ['development', 'staging', 'production'] as const
export type Environment = (typeof environments)[number]

/** The words that a refused key is answered with. */
export const invalidKey = {
  title: 'Invalid API Key',
  check: [
    'Verify that the key is copied whole and without extra spaces.',
    "Check that the key hasn't been revoked.",
    "Ensure you're using the correct key for your environment.",
    'Verify the Authorization header format: Bearer YOUR_API_KEY.',
  ],
}

/** Keywright with this system's configuration, and its API once for each environment. */
export interface System {
  /** Where Keywright serves. */
  readonly url: string
  readonly operator: Call
  /** Calls the API of an environment with a key; null sends none. */
  readonly api: (environment: Environment, key: string | null) => Call
}

/** Starts the whole system on free ports; it ends with the file's tests. */
export async function startSystem(clock?: MovedClock): Promise<System> {
  const config = resolve(import.meta.dirname, 'keywright.config.ts')
  const { url, operator } = await serveInProcess({ config, ...(clock === undefined ? {} : { clock }) })
  const urls = new Map<Environment, string>()
  for (const environment of environments) {
    const app = await createApi(url, await createVerifyCredential(operator, { environment, audiences: ['api'] }))
    afterwards(() => app.close())
    urls.set(environment, await app.listen({ port: 0, host: '127.0.0.1' }))
  }
  return { url, operator, api: (environment, key) => callsWith(urls.get(environment) ?? '', key) }
}

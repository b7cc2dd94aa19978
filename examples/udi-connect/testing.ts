import { resolve } from 'node:path'
import { type Call, callsWith } from '../../e2e/support/calls.ts'
import { afterwards } from '../../e2e/support/cleanup.ts'
import { type InProcess, serveInProcess } from '../../e2e/support/in-process.ts'
import type { MovedClock } from '../../e2e/support/moved-clock.ts'
import { createVerifyCredential } from '../../e2e/support/operating.ts'
import { createApi, listen } from './api.ts'

export const environments = ['preview', 'production'] as const
export type Environment = (typeof environments)[number]

/** The words that a refused key is answered with. */
export const invalidKey = {
  title: 'Invalid API key',
  check: [
    'Check that the key was copied whole.',
    'Check that it is a key for the environment that you call: Preview and Production refuse the keys of one another.',
    'Check in Settings → API Keys that the key is active. A revoked one can be reactivated there.',
  ],
}

/** Keywright with this system's configuration, and its API in both environments at once. */
export interface System extends InProcess {
  /** Calls the API of an environment with a key; null sends none. */
  readonly api: (environment: Environment, key: string | null) => Call
}

/** Starts the whole system on free ports, with one of the configurations beside this file; it ends with the file's tests. */
export async function startSystem(
  configFile: 'keywright.config.ts' | 'stage.config.ts' = 'keywright.config.ts',
  clock?: MovedClock,
): Promise<System> {
  const config = resolve(import.meta.dirname, configFile)
  const served = await serveInProcess({ config, ...(clock === undefined ? {} : { clock }) })
  const urls = new Map<Environment, string>()
  for (const environment of environments) {
    const credential = await createVerifyCredential(served.operator, { environment, audiences: ['api'] })
    const { url, close } = await listen(createApi(served.url, credential), 0)
    afterwards(close)
    urls.set(environment, url)
  }
  return { ...served, api: (environment, key) => callsWith(urls.get(environment) ?? '', key) }
}

import { resolve } from 'node:path'
import { type Call, callsWith } from '../../e2e/support/calls.ts'
import { afterwards } from '../../e2e/support/cleanup.ts'
import { type InProcess, serveInProcess } from '../../e2e/support/in-process.ts'
import type { MovedClock } from '../../e2e/support/moved-clock.ts'
import { createVerifyCredential } from '../../e2e/support/operating.ts'
import { createApi, listen, type Recorded } from './api.ts'

/** The words that a refused key is answered with. */
export const unauthorized = {
  title: 'Unauthorized',
  check: [
    'Verify that the key is correct and complete, without extra spaces.',
    "Check that the key hasn't been revoked.",
    'Make sure that the name of the header is exactly X-API-Key.',
  ],
}

/** Keywright with this system's configuration, and its API. */
export interface System extends InProcess {
  readonly apiUrl: string
  /** Calls the API with a key in the header X-API-Key; null sends none. */
  readonly api: (key: string | null) => Call
}

/** What the chatbot has recorded of the accounts of a test. */
export const recorded: Recorded = (account) => [
  { visitor: `a visitor of ${account}`, messages: ['Is it still there?'] },
]

/** Starts the whole system on free ports; it ends with the file's tests. */
export async function startSystem(clock?: MovedClock): Promise<System> {
  const config = resolve(import.meta.dirname, 'keywright.config.ts')
  const served = await serveInProcess({ config, ...(clock === undefined ? {} : { clock }) })
  const credential = await createVerifyCredential(served.operator, { audiences: ['api'] })
  const api = await listen(createApi(served.url, credential, recorded), 0)
  afterwards(() => api.close())
  const call = callsWith(api.url, null)
  return {
    ...served,
    apiUrl: api.url,
    api: (key) => (method, path, options) =>
      call(method, path, {
        ...options,
        headers: { ...(key === null ? {} : { 'x-api-key': key }), ...options?.headers },
      }),
  }
}

import { resolve } from 'node:path'
import { type Call, callsWith } from '../../e2e/support/calls.ts'
import { afterwards } from '../../e2e/support/cleanup.ts'
import { serveInProcess } from '../../e2e/support/in-process.ts'
import { createVerifyCredential } from '../../e2e/support/operating.ts'
import { createApi } from './api.ts'

/** Keywright with this system's configuration, and its API. */
export interface System {
  /** Where Keywright serves. */
  readonly url: string
  readonly operator: Call
  /** Calls the API with a key; null sends none. */
  readonly api: (key: string | null) => Call
}

/** Starts the whole system on free ports; it ends with the file's tests. */
export async function startSystem(): Promise<System> {
  const { url, operator } = await serveInProcess({ config: resolve(import.meta.dirname, 'keywright.config.ts') })
  const app = await createApi(url, await createVerifyCredential(operator, { audiences: ['api'] }))
  afterwards(() => app.close())
  await app.listen(0, '127.0.0.1')
  const apiUrl = await app.getUrl()
  return { url, operator, api: (key) => callsWith(apiUrl, key) }
}

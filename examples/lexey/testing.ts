import { resolve } from 'node:path'
import { type Call, callsWith } from '../../e2e/support/calls.ts'
import { afterwards } from '../../e2e/support/cleanup.ts'
import { type InProcess, serveInProcess } from '../../e2e/support/in-process.ts'
import { createVerifyCredential } from '../../e2e/support/operating.ts'
import { createApi } from './api.ts'
import { close, listen } from './listen.ts'

/** Where this system's configuration is. */
export const configFile = resolve(import.meta.dirname, 'keywright.config.ts')

/** The paths of the two APIs, by the type of key that reaches each. */
export const paths = { customer: '/api/v1/customer/chat', management: '/api/v1/management/chat' } as const
export type KeyType = keyof typeof paths
export const keyTypes = ['customer', 'management'] as const satisfies readonly KeyType[]

/** The words that a refused key is answered with, whatever is wrong with it. */
export const invalidKey = {
  title: 'Invalid API key',
  check: [
    'Check that the whole key was copied.',
    'Check that it is still on the API Keys page: a revoked key is not.',
    'Send it as Authorization: Bearer YOUR_API_KEY.',
  ],
}

/** The words that a key of the other type is answered with. */
export const wrongType = {
  title: 'Wrong key type',
  check: [
    'Call the customer chat API with a key that begins with lxc_.',
    'Call the management chat API with a key that begins with lxm_.',
  ],
}

/** Keywright with this system's configuration, and its API. */
export interface System extends InProcess {
  readonly apiUrl: string
  /** Calls the API with a key; null sends none. */
  readonly api: (key: string | null) => Call
}

/** Starts the API before a server of Keywright on a free port; it ends with the file's tests. Its streams do not dawdle unless `pace` says so. */
export async function startApi(
  { url, operator }: Pick<InProcess, 'url' | 'operator'>,
  pace: () => Promise<unknown> = async () => {},
): Promise<string> {
  const credential = await createVerifyCredential(operator, { audiences: ['customer-chat', 'management-chat'] })
  const server = createApi(url, credential, pace)
  afterwards(() => close(server))
  return await listen(server)
}

/** Starts the whole system on free ports; it ends with the file's tests. Webhooks may go to this machine. */
export async function startSystem(): Promise<System> {
  const environment = { KEYWRIGHT_WEBHOOK_NETWORKS: '127.0.0.0/8' }
  const server = await serveInProcess({ config: configFile, environment })
  const apiUrl = await startApi(server)
  return { ...server, apiUrl, api: (key) => callsWith(apiUrl, key) }
}

/** Asks the chat what a visitor asks, with a key. */
export const askChat = (call: Call, message = 'When are you open?') =>
  call<Readonly<Record<string, unknown>>>('POST', paths.customer, { body: { message } })

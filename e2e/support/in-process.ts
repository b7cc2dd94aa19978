import { randomBytes } from 'node:crypto'
import { createLogger } from '../../packages/server/src/log.ts'
import { serve } from '../../packages/server/src/server.ts'
import { readSettings } from '../../packages/server/src/settings.ts'
import { type Call, callsWith } from './calls.ts'
import { afterwards, temporaryFolder } from './cleanup.ts'
import type { MovedClock } from './moved-clock.ts'
import { ownStore } from './own-store.ts'

export interface InProcess {
  readonly url: string
  readonly operator: Call
  /** The data folder. */
  readonly folder: string
}

export interface InProcessOptions {
  readonly config: string
  readonly clock?: MovedClock
  readonly environment?: Readonly<Record<string, string>>
}

/** Serves in this process on a free port and a store of its own, with an operator credential, until the file's tests are over. */
export async function serveInProcess({ config, clock, environment = {} }: InProcessOptions): Promise<InProcess> {
  const folder = temporaryFolder()
  const operatorKey = randomBytes(32).toString('hex')
  const read = readSettings({
    environment: {
      KEYWRIGHT_PORT: '0',
      KEYWRIGHT_DATA: folder,
      KEYWRIGHT_CONFIG: config,
      KEYWRIGHT_OPERATOR_KEY: operatorKey,
      ...(await ownStore(clock)),
      ...environment,
    },
    flags: {},
    folder,
  })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const log = createLogger({ level: 'silent', write: () => {} })
  const server = await serve(read.settings, { log, ...(clock === undefined ? {} : { clock }) })
  afterwards(() => server.close())
  return { url: server.url, operator: callsWith(server.url, operatorKey), folder }
}

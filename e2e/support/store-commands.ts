import { command } from '../../packages/server/src/cli/testing.ts'
import { createLogger } from '../../packages/server/src/log.ts'
import { serve } from '../../packages/server/src/server.ts'
import { readSettings } from '../../packages/server/src/settings.ts'
import type { Ended } from './child-server.ts'
import { afterwards } from './cleanup.ts'

type Environment = Readonly<Record<string, string>>

/** Runs one command of the command line in this process. */
export async function commandHere(parameters: readonly string[], environment: Environment): Promise<Ended> {
  const { code, output, complaints } = await command(parameters, { environment })
  return { code, out: output, told: complaints }
}

/** Serves in this process what an environment says, until it is closed or the file's tests are over. */
export async function serveHere(environment: Environment): Promise<{ readonly url: string; close(): Promise<void> }> {
  const folder = environment['KEYWRIGHT_DATA'] ?? ''
  const read = readSettings({ environment: { KEYWRIGHT_PORT: '0', ...environment }, flags: {}, folder })
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const server = await serve(read.settings, { log: createLogger({ level: 'silent', write: () => {} }) })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= server.close()
    return closing
  }
  afterwards(close)
  return { url: server.url, close }
}

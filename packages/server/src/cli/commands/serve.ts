import { createLogger } from '../../log.ts'
import type { ServerParts } from '../../server.ts'
import type { Settings } from '../../settings.ts'
import { StartError } from '../../start-error.ts'
import { readTraceSettings, type TraceSettings } from '../../trace-settings.ts'
import type { CommandSpec } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { flagSettings, settingOptions, settingsOf } from '../store-call.ts'

/** `keywright serve` */
export const serve: CommandSpec = {
  name: 'serve',
  meaning: 'run the server',
  more: 'It prints where it serves and, until there is an operator, the one-time link that makes the first one. Its log goes to standard error. SIGINT or SIGTERM ends it without losing anything; a second one ends it at once.',
  server: false,
  options: settingOptions(...flagSettings),
  run: async ({ terminal, ...call }) => {
    const settings = settingsOf({ terminal, ...call }, flagSettings)
    const traces = tracesOf(terminal.environment)
    const { pepper, logKey, operatorKey, databaseUrl, redisUrl } = settings
    const secrets = [pepper, logKey, operatorKey, databaseUrl, redisUrl].filter((secret) => secret !== null)
    const log = createLogger({ level: settings.logLevel, write: terminal.tell, pretty: terminal.watched, secrets })
    const stop = terminal.stopSignal()
    const { isWorker, serveByWorkers } = await import('../../workers.ts')
    if (isWorker()) return await serveAsWorker(settings, { log, traces }, stop)
    const { serve: start } = await import('../../server.ts')
    const crew = settings.workers > 1 ? await serveByWorkers(settings, { log }) : undefined
    const server = crew ?? (await start(settings, { log, traces }))
    const link = server.setupLink?.expose()
    if (call.json) terminal.write(`${JSON.stringify({ url: server.url, setupLink: link ?? null })}\n`)
    else terminal.write(announcement(server.url, link, settings))
    const ending = await Promise.race(crew === undefined ? [stop] : [stop, crew.failed])
    log.info(typeof ending === 'string' ? { signal: ending } : {}, 'Stopping: requests in flight end, usage is stored.')
    await server.close()
    log.info({}, 'Stopped.')
    if (typeof ending !== 'string') throw ending
    return undefined
  },
}

/** The settings of traces; all that is wrong with them is one StartError. */
function tracesOf(environment: Readonly<Record<string, string | undefined>>): TraceSettings | null {
  const read = readTraceSettings(environment)
  if (!read.ok) throw new StartError(read.problems.join('\n'))
  return read.traces
}

/** Serves as one of the workers of a primary, which speaks to the person at the terminal. */
async function serveAsWorker(
  settings: Settings,
  { log: mainLog, traces }: Required<Pick<ServerParts, 'log' | 'traces'>>,
  stop: Promise<string>,
): Promise<number> {
  const { joinWorkers } = await import('../../workers.ts')
  const { place, ending, refuse, leave } = await joinWorkers()
  const log = mainLog.child({ worker: place.worker })
  try {
    const { serve: start } = await import('../../server.ts')
    const server = await start(settings, { log, place, traces })
    const why = await Promise.race([stop, ending])
    log.info({ why }, 'This worker ends: requests in flight end, usage is stored.')
    await server.close()
    return exitCodes.done
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    refuse(error.message)
    return exitCodes.refused
  } finally {
    await leave()
  }
}

const announcement = (url: string, link: string | undefined, { configFile, ...settings }: Settings): string =>
  `Keywright serves at ${url}
  configuration  ${configFile ?? 'a small one for trying out, since there is no keywright.config.ts here'}
  ${placeOf(settings)}
  reference      ${url}/reference
${link === undefined ? '' : invitation(link)}`

/** Where the keys are kept, without the password that leads there. */
function placeOf({ databaseUrl, dataFolder }: Pick<Settings, 'databaseUrl' | 'dataFolder'>): string {
  if (databaseUrl === null) return `data folder    ${dataFolder}`
  const { host, pathname } = new URL(databaseUrl.expose())
  return `database       ${host}${pathname}`
}

const invitation = (link: string): string => `
There is no operator yet. This link makes the first one. It works once; a restart prints a new one.

    ${link}

Open it in a browser, or run:

    curl -X POST ${link}

`

import { createLogger } from '../../log.ts'
import type { Settings } from '../../settings.ts'
import type { CommandSpec } from '../command.ts'
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
    const { serve: start } = await import('../../server.ts')
    const { pepper, logKey, operatorKey, databaseUrl, redisUrl } = settings
    const secrets = [pepper, logKey, operatorKey, databaseUrl, redisUrl].filter((secret) => secret !== null)
    const log = createLogger({ level: settings.logLevel, write: terminal.tell, pretty: terminal.watched, secrets })
    const stop = terminal.stopSignal()
    const server = await start(settings, { log })
    const link = server.setupLink?.expose()
    if (call.json) terminal.write(`${JSON.stringify({ url: server.url, setupLink: link ?? null })}\n`)
    else terminal.write(announcement(server.url, link, settings))
    const signal = await stop
    log.info({ signal }, 'Stopping: requests in flight end, usage is stored.')
    await server.close()
    log.info({}, 'Stopped.')
    return undefined
  },
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

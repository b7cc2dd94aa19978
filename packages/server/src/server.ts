import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Engine, Position, ResolvedConfig } from '@keywright/core'
import { type Repeated, repeat } from './background.ts'
import { type Clock, systemClock } from './clock.ts'
import { loadConfigFile } from './config-file.ts'
import { engineOver } from './engine.ts'
import { parseRanges } from './http/address.ts'
import { createApp } from './http/app.ts'
import { requestIds } from './http/data-plane/answer.ts'
import { dataPlaneDocuments } from './http/data-plane/documents.ts'
import { dataPlane } from './http/data-plane/door.ts'
import type { Readiness } from './http/deps.ts'
import { FailureThrottle } from './http/throttle.ts'
import { resolveWith } from './identity.ts'
import { openInstallation } from './installation.ts'
import type { Logger } from './log.ts'
import { createMetrics } from './metrics.ts'
import { refuseUnconfirmedRestore } from './restore-mark.ts'
import { Secret } from './secret.ts'
import type { Settings } from './settings.ts'
import { StartError } from './start-error.ts'
import type { Storage } from './storage/ports.ts'

/** A server that serves. */
export interface RunningServer {
  /** Where it is reached. */
  readonly url: string
  /** The one-time link that makes the first operator; `null` where there is one. */
  readonly setupLink: Secret | null
  /** Stops accepting, lets requests end, stores all usage and closes the store. */
  close(): Promise<void>
}

/** What a server is run with besides its settings. */
export interface ServerParts {
  readonly log: Logger
  readonly clock?: Clock
}

const usageEveryMs = 1_000
const configEveryMs = 1_000
const sweepEveryMs = 3_600_000
const drainMs = 10_000
const bodyBytesMax = 262_144

/** Starts a server; rejects with a StartError of one clear sentence where something keeps it from serving. */
export async function serve(settings: Settings, { log, clock = systemClock }: ServerParts): Promise<RunningServer> {
  refuseUnconfirmedRestore(settings.dataFolder)
  const config = await readConfig(settings)
  let engine: Engine | undefined
  const applied = async (position: Position) => engine?.applied(position)
  const storage = await openInstallation(settings, { config, clock, applied })
  try {
    const configHash = await applyConfig(storage, config)
    if (settings.operatorKey !== null) await storage.credentials.ensureOperator(settings.operatorKey)
    engine = engineOver(storage, config, clock, settings)
    await engine.refresh()
    await finishCascades(storage, 'start', log)
    const server = await listen(settings)
    const url = urlOf(settings, server)
    const inForce = new ConfigurationInForce(storage, configHash)
    const plane = { settings, config, configHash, inForce, storage, engine, log, clock, url }
    server.on('request', requestListener(plane))
    const background = startBackground(plane)
    const token = await storage.setup.issue()
    return {
      url,
      setupLink: token === null ? null : new Secret(`${url}/setup/${token.expose()}`),
      close: () => close(server, background, engine as Engine, storage),
    }
  } catch (error) {
    await storage.close()
    throw error
  }
}

async function readConfig(settings: Settings): Promise<ResolvedConfig> {
  const loaded = await loadConfigFile(settings.configFile)
  if (!loaded.ok) throw new StartError(loaded.problems.join('\n'))
  return loaded.config
}

/** Brings the configuration into force, or refuses it with the list of what does not fit the stored data. */
async function applyConfig(storage: Storage, config: ResolvedConfig): Promise<string> {
  const misfits = await storage.configurations.misfits(config)
  if (misfits.length > 0) {
    throw new StartError(
      `The configuration does not fit the stored data:\n${misfits.map((misfit) => `- ${misfit}`).join('\n')}`,
    )
  }
  const applied = await storage.configurations.apply(config, {
    actor: { kind: 'system', id: 'server' },
    requestId: 'start',
  })
  return applied.hash
}

/** Finishes revocations that a crash cut off in the middle. */
async function finishCascades(storage: Storage, requestId: string, log: Logger): Promise<void> {
  const revoked = await storage.keys.finishCascades({ actor: { kind: 'system', id: 'server' }, requestId })
  if (revoked > 0) log.info({ revoked }, 'Keys were revoked whose parent or owner is gone.')
}

/** Everything that a request can reach. */
interface Plane {
  readonly settings: Settings
  readonly config: ResolvedConfig
  readonly configHash: string
  readonly inForce: ConfigurationInForce
  readonly storage: Storage
  readonly engine: Engine
  readonly log: Logger
  readonly clock: Clock
  readonly url: string
}

function requestListener({
  settings,
  config,
  configHash,
  inForce,
  storage,
  engine,
  log,
  clock,
  url,
}: Plane): RequestListener {
  const metrics = createMetrics(engine)
  const throttle = new FailureThrottle(clock)
  const doors = dataPlane({
    engine,
    config,
    head: (after) => storage.checks.head(after),
    throttle,
    trustedProxies: parseRanges(settings.trustedProxies),
    publicUrl: url,
    requestId: requestIds(randomBytes(9).toString('base64url')),
    log,
    counted: metrics.counted,
  })
  const app = createApp({
    storage,
    config: () => config,
    configHash: () => configHash,
    resolveCredential: resolveWith(engine),
    throttle,
    clock,
    log,
    ready: () => readiness(engine, settings, inForce),
    metrics: metrics.text,
    dataPlane: dataPlaneDocuments,
    settings: { publicUrl: url, bodyBytesMax, trustedProxies: settings.trustedProxies },
  })
  const management = getRequestListener(app.fetch)
  return (request, response) => {
    if (!doors(request, response)) void management(request, response)
  }
}

/** Whether the configuration of this node is still the one that the log says is in force; another node may have applied another. */
class ConfigurationInForce {
  readonly #storage: Storage
  readonly #hash: string
  #isOurs = true

  constructor(storage: Storage, hash: string) {
    this.#storage = storage
    this.#hash = hash
  }

  get isOurs(): boolean {
    return this.#isOurs
  }

  async look(): Promise<void> {
    this.#isOurs = (await this.#storage.configurations.current())?.hash === this.#hash
  }
}

function readiness(engine: Engine, { freshnessMs }: Settings, inForce: ConfigurationInForce): Readiness {
  const reasons = [
    ...(engine.state.ageMs <= freshnessMs
      ? []
      : [`Memory is not proved fresh: the last proof is older than ${freshnessMs} ms.`]),
    ...(inForce.isOurs
      ? []
      : ['Another configuration is in force than the one that this node was started with; restart it with that one.']),
  ]
  return { ready: reasons.length === 0, reasons }
}

/** Proves memory fresh, stores usage and sweeps what is too old, again and again. */
function startBackground({ settings, inForce, storage, engine, log }: Plane): readonly Repeated[] {
  return [
    repeat('proof of freshness', Math.max(10, settings.freshnessMs / 4), () => engine.refresh(), log),
    repeat('storing usage', usageEveryMs, () => engine.flush((batch) => storage.usage.store(batch)), log),
    repeat('looking at the configuration in force', configEveryMs, () => inForce.look(), log),
    repeat('sweeping', sweepEveryMs, () => storage.usage.sweep(), log),
    repeat('finishing revocations', sweepEveryMs, () => finishCascades(storage, 'sweep', log), log),
  ]
}

/** What one connection may take, in milliseconds and bytes; slow senders are looked for every two seconds. */
export const connectionBounds = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
} as const satisfies ServerOptions

function listen({ port, host }: Settings): Promise<Server> {
  const server = createServer(connectionBounds)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(listenSentence(error, host, port))))
    server.listen(port, host, () => resolve(server))
  })
}

function listenSentence(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} of ${host} is taken by another program; stop that one or choose another port (KEYWRIGHT_PORT).`
  if (error.code === 'EACCES')
    return `This user may not listen on port ${port}; choose a port above 1023 (KEYWRIGHT_PORT).`
  return `The server cannot listen on ${host}, port ${port} (${error.code ?? error.message}); correct KEYWRIGHT_HOST or KEYWRIGHT_PORT.`
}

function urlOf(settings: Settings, server: Server): string {
  if (settings.publicUrl !== null) return settings.publicUrl
  const { port } = server.address() as AddressInfo
  // Every interface is no address to go to.
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? 'localhost' : settings.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function close(server: Server, background: readonly Repeated[], engine: Engine, storage: Storage): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const force = setTimeout(() => server.closeAllConnections(), drainMs)
  await ended
  clearTimeout(force)
  await Promise.all(background.map((work) => work.stop()))
  await engine.flush((batch) => storage.usage.store(batch))
  await storage.close()
}

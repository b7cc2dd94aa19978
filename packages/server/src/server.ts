import { randomBytes } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Engine, type Position, parseRanges, type ResolvedConfig, text } from '@keywright/core'
import { type Repeated, repeat } from './background.ts'
import { type Clock, systemClock } from './clock.ts'
import { applyConfig, ConfigurationInForce, readConfig } from './configuration.ts'
import { engineOver } from './engine.ts'
import { createApp } from './http/app.ts'
import { openConsole } from './http/console.ts'
import { requestIds } from './http/data-plane/answer.ts'
import { dataPlaneDocuments } from './http/data-plane/documents.ts'
import { dataPlane } from './http/data-plane/door.ts'
import { ownOriginsOf } from './http/origin.ts'
import { FailureThrottle } from './http/throttle.ts'
import { resolveWith } from './identity.ts'
import { type Installation, openWhole } from './installation.ts'
import { listen, portOf, stopListening, urlOf } from './listening.ts'
import type { Logger } from './log.ts'
import { createMetrics } from './metrics.ts'
import { type Outbox, startOutbox } from './outbox/outbox.ts'
import { oidcOf } from './people/oidc-settings.ts'
import { openPeople } from './people/open.ts'
import type { People } from './people/port.ts'
import type { OidcProvider } from './people/providers.ts'
import { readiness } from './readiness.ts'
import { type OpenLimits, openRedisLimits } from './redis/open.ts'
import { refuseUnconfirmedRestore } from './restore-mark.ts'
import { Secret } from './secret.ts'
import type { Settings } from './settings.ts'
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
const outboxEveryMs = 1_000
const sweepEveryMs = 3_600_000
const drainMs = 10_000
const bodyBytesMax = 262_144

/** Starts a server; rejects with a StartError of one clear sentence where something keeps it from serving. */
export async function serve(settings: Settings, { log, clock = systemClock }: ServerParts): Promise<RunningServer> {
  if (settings.databaseUrl === null) refuseUnconfirmedRestore(settings.dataFolder)
  const config = await readConfig(settings)
  const oidc = oidcOf(settings)
  let engine: Engine | undefined
  const applied = async (position: Position) => engine?.applied(position)
  const installation = await openWhole(settings, { config, clock, applied })
  const { storage } = installation
  let limits: OpenLimits | null = null
  try {
    const configHash = await applyConfig(storage, config)
    if (settings.operatorKey !== null) await storage.credentials.ensureOperator(settings.operatorKey)
    limits = await limitsOf(settings, installation, { clock, log })
    engine = engineOver(storage, config, clock, settings, limits?.limiter)
    await engine.refresh()
    await finishCascades(storage, 'start', log)
    let url = ''
    const outbox = await outboxOf(storage, { settings, config, clock, log }, () => url)
    const server = await listen(settings)
    url = urlOf(settings, server)
    const inForce = new ConfigurationInForce(storage, configHash)
    const people = peopleOf(installation, oidc, { config, clock, log, url })
    const closing = new AbortController()
    const plane = {
      settings,
      config,
      configHash,
      inForce,
      storage,
      people,
      outbox,
      engine,
      limits,
      log,
      clock,
      url,
      ownOrigins: ownOriginsOf(settings.publicUrl, portOf(server)),
      closing: closing.signal,
    }
    server.on('request', requestListener(plane))
    const background = [...startBackground(plane), listenToOthers(plane)]
    const token = await storage.setup.issue()
    return {
      url,
      setupLink: token === null ? null : new Secret(`${url}/setup/${token.expose()}`),
      close: () => {
        closing.abort()
        return close(server, background, plane)
      },
    }
  } catch (error) {
    await limits?.close()
    await storage.close()
    throw error
  }
}

/** Limits that are counted in Redis; `null`: each process counts its own. */
const limitsOf = async (
  { redisUrl, limitsOutage, freshnessMs }: Settings,
  { pepper }: Installation,
  parts: Pick<Plane, 'clock' | 'log'>,
): Promise<OpenLimits | null> =>
  redisUrl === null
    ? null
    : await openRedisLimits({ url: redisUrl, outage: limitsOutage, freshnessMs, secret: pepper, ...parts })

/** Finishes revocations that a crash cut off in the middle. */
async function finishCascades(storage: Storage, requestId: string, log: Logger): Promise<void> {
  const revoked = await storage.keys.finishCascades({ actor: { kind: 'system', id: 'server' }, requestId })
  if (revoked > 0) log.info({ revoked }, 'Keys were revoked whose parent or owner is gone.')
}

/** Everything about people who sign in, on the open store. */
const peopleOf = (
  { storage, signIn, pepper }: Installation,
  oidc: OidcProvider | null,
  { config, clock, log, url }: Pick<Plane, 'config' | 'clock' | 'log' | 'url'>,
): People =>
  openPeople({
    database: signIn,
    publicUrl: url,
    productName: text(config.product.name, config.product.defaultLanguage, config.product.defaultLanguage),
    secret: pepper,
    clock,
    randomBytes,
    record: (caller, event) => storage.log.record(caller, event),
    oidc,
    report: (message) => log.warn({}, message),
  })

/** The messages that go out, on the open store. */
const outboxOf = (
  storage: Storage,
  { settings, config, clock, log }: Pick<Plane, 'settings' | 'config' | 'clock' | 'log'>,
  publicUrl: () => string,
): Promise<Outbox> => {
  const { smtpUrl, mailFrom, webhookNetworks } = settings
  return startOutbox({
    storage,
    config: () => config,
    clock,
    log,
    settings: { smtpUrl, mailFrom, webhookNetworks, publicUrl },
  })
}

/** Everything that a request can reach. */
interface Plane {
  readonly settings: Settings
  readonly config: ResolvedConfig
  readonly configHash: string
  readonly inForce: ConfigurationInForce
  readonly storage: Storage
  readonly people: People
  readonly outbox: Outbox
  readonly engine: Engine
  readonly limits: OpenLimits | null
  readonly log: Logger
  readonly clock: Clock
  readonly url: string
  /** The origins of the pages that are ours. */
  readonly ownOrigins: readonly string[]
  /** Aborted when the server begins to stop: what is held open ends. */
  readonly closing: AbortSignal
}

function requestListener(plane: Plane): RequestListener {
  const { settings, storage, engine, limits, outbox, config, log, clock, url, ownOrigins } = plane
  const metrics = createMetrics(engine, outbox, limits)
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
  const browser = openConsole({ secure: url.startsWith('https:') })
  const app = createApp({
    storage,
    people: plane.people,
    messages: outbox.messages,
    webhookFault: outbox.webhookFault,
    closing: plane.closing,
    consolePage: async () => {
      const page = browser.page()
      return page.status === 200 ? page : null
    },
    config: () => config,
    configHash: () => plane.configHash,
    resolveCredential: resolveWith(engine),
    throttle,
    clock,
    log,
    ready: () => readiness(engine, settings, plane.inForce, limits?.state() ?? null),
    metrics: metrics.text,
    dataPlane: dataPlaneDocuments,
    settings: { publicUrl: url, ownOrigins, bodyBytesMax, trustedProxies: settings.trustedProxies },
  })
  const management = getRequestListener(app.fetch)
  return (request, response) => {
    if (!doors(request, response) && !browser.door(request, response)) void management(request, response)
  }
}

/** Catches up as soon as another node has changed something; what is missed is made good by the next proof. */
function listenToOthers({ storage, engine }: Plane): Repeated {
  const listening = storage.listen({
    moved: (position) => engine.wake(position),
    connected: () => void engine.refresh().catch(() => {}),
  })
  return { stop: () => listening.close() }
}

/** Proves memory fresh, stores usage and sweeps what is too old, again and again. */
function startBackground({ settings, inForce, storage, engine, outbox, log }: Plane): readonly Repeated[] {
  return [
    repeat('proof of freshness', Math.max(10, settings.freshnessMs / 4), () => engine.refresh(), log),
    repeat('storing usage', usageEveryMs, () => engine.flush((batch) => storage.usage.store(batch)), log),
    repeat('outbox', outboxEveryMs, () => outbox.look(), log),
    repeat('looking at the configuration in force', configEveryMs, () => inForce.look(), log),
    repeat('sweeping', sweepEveryMs, () => storage.usage.sweep(), log),
    repeat('finishing revocations', sweepEveryMs, () => finishCascades(storage, 'sweep', log), log),
  ]
}

async function close(
  server: Server,
  background: readonly Repeated[],
  { engine, storage, outbox, limits }: Plane,
): Promise<void> {
  await stopListening(server, drainMs)
  await Promise.all(background.map((work) => work.stop()))
  await outbox.close()
  await engine.flush((batch) => storage.usage.store(batch))
  await limits?.close()
  await storage.close()
}

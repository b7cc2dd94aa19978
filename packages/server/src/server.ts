import { randomBytes } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Engine, type Position, parseRanges, type ResolvedConfig, text } from '@keywright/core'
import { type Repeated, repeat } from './background.ts'
import { type Clock, storeClock, systemClock } from './clock.ts'
import type { Place } from './cluster/place.ts'
import { bringIntoForce, ConfigurationInForce, readConfig } from './configuration.ts'
import { type TellingEngine, tellingEngineOver } from './engine.ts'
import { createApp } from './http/app.ts'
import { openConsole } from './http/console.ts'
import { requestIds } from './http/data-plane/answer.ts'
import { dataPlaneDocuments } from './http/data-plane/documents.ts'
import { dataPlane } from './http/data-plane/door.ts'
import { faultFields } from './http/logged.ts'
import { ownOriginsOf } from './http/origin.ts'
import { FailureThrottle } from './http/throttle.ts'
import { resolveWith } from './identity.ts'
import { type Installation, openWhole } from './installation.ts'
import { listenBeside, portOf, stopListening, urlOf } from './listening.ts'
import type { Logger } from './log.ts'
import { createMetrics, type Metrics, metricsText } from './metrics.ts'
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
  /** Present: this is one of several processes on one port and one store. What is done once for all of them is done elsewhere. */
  readonly place?: Place
}

const usageEveryMs = 1_000
const configEveryMs = 1_000
const outboxEveryMs = 1_000
const sweepEveryMs = 3_600_000
const drainMs = 10_000
const tooManyKeys =
  'There are too many keys to keep unknown ones from the database: each that is presented is looked up, at the rate that each network is allowed.'
const bodyBytesMax = 262_144

/** Starts a server; rejects with a StartError of one clear sentence where something keeps it from serving. */
export async function serve(
  settings: Settings,
  { log, clock = systemClock, place }: ServerParts,
): Promise<RunningServer> {
  if (settings.databaseUrl === null) refuseUnconfirmedRestore(settings.dataFolder)
  const config = place?.config ?? (await readConfig(settings))
  const oidc = oidcOf(settings)
  let engine: Engine | undefined
  const applied = async (position: Position) => {
    place?.link.committed(position)
    await engine?.applied(position)
  }
  const installation = await openWhole(settings, { config, clock, applied, pulse: place?.pulse })
  const { storage } = installation
  let limits: OpenLimits | null = null
  try {
    const configHash = place?.configHash ?? (await bringIntoForce(storage, config, settings))
    limits = await limitsOf(settings, installation, { clock, log })
    const telling = tellingEngineOver(storage, config, clock, settings, {
      limiter: limits?.limiter ?? place?.link.limiter,
      gossip: place?.link.gossip,
    })
    engine = telling.engine
    await engine.refresh()
    // The embedded database has the time of this process.
    const time = settings.databaseUrl === null ? clock : storeClock(clock, engine)
    if (place === undefined) await finishCascades(storage, 'start', log)
    let url = ''
    const outbox = await outboxOf(storage, { settings, config, clock: time, log }, () => url)
    const server = await listenBeside(settings, place?.port ?? null)
    url = urlOf(settings, server)
    const inForce = new ConfigurationInForce(storage, configHash)
    const people = peopleOf(installation, oidc, { config, clock: time, log, url, place })
    const closing = new AbortController()
    const plane = {
      settings,
      config,
      configHash,
      inForce,
      storage,
      people,
      outbox,
      ...telling,
      limits,
      metrics: createMetrics(engine, outbox, telling.feed, storage.knownKeys, limits),
      place,
      log,
      clock: time,
      url,
      ownOrigins: ownOriginsOf(settings.publicUrl, portOf(server)),
      closing: closing.signal,
    }
    server.on('request', requestListener(plane))
    const background = [...startBackground(plane), listenToOthers(plane)]
    void storage.knownKeys.gather(() => log.warn({}, tooManyKeys))
    const orders = {
      wake: (position: Position) => telling.engine.wake(position),
      lead: () => finishLater(storage, log),
    }
    place?.link.serves({ url, port: portOf(server) }, orders, plane.metrics.values)
    const token = place === undefined ? await storage.setup.issue() : null
    return {
      url,
      setupLink: token === null ? null : new Secret(`${url}/setup/${token.expose()}`),
      close: () => {
        closing.abort()
        telling.feed.close()
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

/** The same when this process begins to lead, or another one was lost. */
const finishLater = (storage: Storage, log: Logger): void =>
  void finishCascades(storage, 'lead', log).catch((error: unknown) =>
    log.error(faultFields(error), 'Revocations could not be finished; that is tried again within the hour.'),
  )

/** Everything about people who sign in, on the open store. */
const peopleOf = (
  { storage, signIn, pepper }: Installation,
  oidc: OidcProvider | null,
  { config, clock, log, url, place }: Pick<Plane, 'config' | 'clock' | 'log' | 'url' | 'place'>,
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
    gossip: place?.link.gossip,
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
interface Plane extends TellingEngine {
  readonly settings: Settings
  readonly config: ResolvedConfig
  readonly configHash: string
  readonly inForce: ConfigurationInForce
  readonly storage: Storage
  readonly people: People
  readonly outbox: Outbox
  readonly limits: OpenLimits | null
  readonly metrics: Metrics
  readonly place: Place | undefined
  readonly log: Logger
  readonly clock: Clock
  readonly url: string
  /** The origins of the pages that are ours. */
  readonly ownOrigins: readonly string[]
  /** Aborted when the server begins to stop: what is held open ends. */
  readonly closing: AbortSignal
}

function requestListener(plane: Plane): RequestListener {
  const { settings, storage, engine, limits, outbox, config, log, clock, url, ownOrigins, metrics, place } = plane
  const throttle = new FailureThrottle(clock, place?.link.gossip)
  const doors = dataPlane({
    engine,
    config,
    configHash: plane.configHash,
    freshnessMs: settings.freshnessMs,
    window: plane.window,
    head: (after) => storage.checks.head(after),
    feed: plane.feed,
    storeUsage: (batch) => storage.usage.store(batch),
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
    gossip: place?.link.gossip,
    clock,
    log,
    ready: () => readiness(engine, settings, plane.inForce, limits?.state() ?? null),
    metrics: () => allMetrics(plane),
    dataPlane: dataPlaneDocuments,
    settings: { publicUrl: url, ownOrigins, bodyBytesMax, trustedProxies: settings.trustedProxies },
  })
  const management = getRequestListener(app.fetch)
  return (request, response) => {
    if (!doors(request, response) && !browser.door(request, response)) void management(request, response)
  }
}

/** The metrics of this process, or of all that serve together. */
const allMetrics = async ({ metrics, place }: Plane): Promise<string> =>
  place === undefined ? await metrics.text() : await metricsText(await place.link.measureAll(await metrics.values()))

/** Catches up as soon as another node has changed something; what is missed is made good by the next proof. */
function listenToOthers({ storage, engine }: Plane): Repeated {
  const listening = storage.listen({
    moved: (position) => engine.wake(position),
    connected: () => void engine.refresh().catch(() => {}),
  })
  return { stop: () => listening.close() }
}

/** Proves memory fresh, stores usage and sweeps what is too old, again and again. */
function startBackground({ settings, inForce, storage, engine, outbox, log, place }: Plane): readonly Repeated[] {
  const onlyLead = (work: () => Promise<unknown>) => async () => {
    if (place?.link.isLead ?? true) await work()
  }
  return [
    repeat('proof of freshness', Math.max(10, settings.freshnessMs / 4), () => engine.refresh(), log),
    repeat('storing usage', usageEveryMs, () => engine.flush((batch) => storage.usage.store(batch)), log),
    repeat(
      'outbox',
      outboxEveryMs,
      onlyLead(() => outbox.look()),
      log,
    ),
    repeat('looking at the configuration in force', configEveryMs, () => inForce.look(), log),
    repeat(
      'sweeping',
      sweepEveryMs,
      onlyLead(() => storage.usage.sweep()),
      log,
    ),
    repeat(
      'finishing revocations',
      sweepEveryMs,
      onlyLead(() => finishCascades(storage, 'sweep', log)),
      log,
    ),
  ]
}

async function close(
  server: Server,
  background: readonly Repeated[],
  { engine, storage, outbox, limits, metrics, place }: Plane,
): Promise<void> {
  await stopListening(server, drainMs)
  await Promise.all(background.map((work) => work.stop()))
  await outbox.close()
  await engine.flush((batch) => storage.usage.store(batch))
  if (place !== undefined) place.link.leaves(await metrics.values())
  await limits?.close()
  await storage.close()
}

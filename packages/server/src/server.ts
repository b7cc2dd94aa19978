import { randomBytes } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { setTimeout as pauseFor } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { type NodeEngine, type Position, parseRanges, type ResolvedConfig, text } from '@keywright/core'
import { type Repeated, repeat } from './background.ts'
import { type Clock, storeClock, systemClock } from './clock.ts'
import type { Place } from './cluster/place.ts'
import { bringIntoForce, ConfigurationInForce, readConfig } from './configuration.ts'
import { type TellingEngine, tellingEngineOver } from './engine.ts'
import { createApp } from './http/app.ts'
import { openConsole } from './http/console.ts'
import { requestIds } from './http/data-plane/answer.ts'
import { dataPlaneDocuments } from './http/data-plane/documents.ts'
import { type DataPlane, dataPlane } from './http/data-plane/door.ts'
import { faultFields } from './http/logged.ts'
import { ownOriginsOf } from './http/origin.ts'
import { PlainConnections } from './http/plain/plain-connections.ts'
import { routePattern } from './http/route-pattern.ts'
import { FailureThrottle } from './http/throttle.ts'
import { resolveWith } from './identity.ts'
import { type Installation, openWhole } from './installation.ts'
import {
  connectionBounds,
  keepNoConnections,
  listenBeside,
  type OwnConnections,
  portOf,
  stopListening,
  urlOf,
} from './listening.ts'
import type { Logger } from './log.ts'
import { createMetrics, type Metrics, metricsText } from './metrics.ts'
import { type Outbox, startOutbox } from './outbox/outbox.ts'
import { oidcOf } from './people/oidc-settings.ts'
import { openPeople } from './people/open.ts'
import type { People } from './people/port.ts'
import type { OidcProvider } from './people/providers.ts'
import { readiness } from './readiness.ts'
import { type OpenLimits, openRedisLimits } from './redis/open.ts'
import { RestoreHold, refuseUnconfirmedRestore, unconfirmed } from './restore-mark.ts'
import { Secret } from './secret.ts'
import type { Settings } from './settings.ts'
import type { Storage } from './storage/ports.ts'
import type { TraceSettings } from './trace-settings.ts'
import { tracedReads } from './traced-reads.ts'
import type { Tracing } from './tracing/tracing.ts'

/** A server that serves. */
export interface RunningServer {
  /** Where it is reached. */
  readonly url: string
  /** The one-time link that makes the first operator; `null` where there is one. */
  readonly setupLink: Secret | null
  /** Says that it is not ready, for as long as the settings say; then stops accepting, lets requests end, stores all usage and closes the store. */
  close(): Promise<void>
}

/** What a server is run with besides its settings. */
export interface ServerParts {
  readonly log: Logger
  readonly clock?: Clock
  /** Present: this is one of several processes on one port and one store. What is done once for all of them is done elsewhere. */
  readonly place?: Place
  /** Absent or `null`: nothing is traced, and nothing that could is loaded. */
  readonly traces?: TraceSettings | null
}

const usageEveryMs = 1_000
const configEveryMs = 1_000
const outboxEveryMs = 1_000
const sweepEveryMs = 3_600_000
const lastAnswersMs = 10_000
const tooManyKeys =
  'There are too many keys to keep unknown ones from the database: each that is presented is looked up, at the rate that each network is allowed.'
const bodyBytesMax = 262_144

/** Starts a server; rejects with a StartError of one clear sentence where something keeps it from serving. */
export async function serve(settings: Settings, parts: ServerParts): Promise<RunningServer> {
  const { log, clock = systemClock, place, traces = null } = parts
  if (traces === null) return await serveTraced(settings, { log, clock, place, tracing: null })
  const { openTracing } = await import('./tracing/open.ts')
  const tracing = openTracing(traces, log)
  try {
    return await serveTraced(settings, { log: tracing.log(log), clock, place, tracing })
  } catch (error) {
    await tracing.close()
    throw error
  }
}

type TracedParts = Pick<Plane, 'log' | 'clock' | 'place' | 'tracing'>

async function serveTraced(settings: Settings, { log, clock, place, tracing }: TracedParts): Promise<RunningServer> {
  const config = place?.config ?? (await readConfig(settings))
  const oidc = oidcOf(settings)
  let engine: NodeEngine | undefined
  const applied = async (position: Position) => {
    place?.link.committed(position)
    await engine?.applied(position)
  }
  const spans = tracing ?? undefined
  const installation = await openWhole(settings, { config, clock, applied, pulse: place?.pulse, spans })
  const { storage } = installation
  const hold = new RestoreHold()
  let limits: OpenLimits | null = null
  try {
    if (settings.databaseUrl === null) await refuseUnconfirmedRestore(storage, settings.dataFolder)
    const configHash = place?.configHash ?? (await bringIntoForce(storage, config, settings))
    limits = await limitsOf(settings, installation, { clock, log })
    const checks = spans === undefined ? storage.checks : tracedReads(storage.checks, spans)
    const reads = { checks: hold.observing(checks), quotas: storage.quotas }
    const telling = tellingEngineOver(reads, config, clock, settings, {
      limiter: limits?.limiter ?? place?.link.limiter,
      gossip: place?.link.gossip,
    })
    engine = telling.engine
    hold.forgets(() => telling.engine.forget())
    await firstProof(telling.engine, hold, log)
    // The embedded database has the time of this process.
    const time = settings.databaseUrl === null ? clock : storeClock(clock, engine)
    if (place === undefined) await finishCascades(storage, 'start', log)
    let url = ''
    const outbox = await outboxOf(storage, { settings, config, clock: time, log, tracing }, () => url)
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
      hold,
      storage,
      people,
      outbox,
      ...telling,
      limits,
      tracing,
      metrics: createMetrics(engine, outbox, telling.feed, storage.knownKeys, limits),
      place,
      log,
      clock: time,
      url,
      ownOrigins: ownOriginsOf(settings.publicUrl, portOf(server)),
      stopping: { isStopping: false },
      closing: closing.signal,
    }
    const own = answerRequests(server, plane)
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
      close: async () => {
        await drain(server, own, plane)
        closing.abort()
        telling.feed.close()
        await stopListening(server, own, lastAnswersMs)
        await close(background, plane)
      },
    }
  } catch (error) {
    await limits?.close()
    await storage.close()
    throw error
  }
}

/** Proves memory fresh for the first time. Where the store waits for the confirmation of a restore, this node serves, and answers once it is there. */
async function firstProof(engine: NodeEngine, hold: RestoreHold, log: Logger): Promise<void> {
  try {
    await engine.refresh()
  } catch (error) {
    if (hold.mark === null) throw error
    log.warn({}, `The store was ${unconfirmed(hold.mark)}`)
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
  { settings, config, clock, log, tracing }: Pick<Plane, 'settings' | 'config' | 'clock' | 'log' | 'tracing'>,
  publicUrl: () => string,
): Promise<Outbox> => {
  const { smtpUrl, mailFrom, webhookNetworks } = settings
  return startOutbox({
    storage,
    config: () => config,
    clock,
    log,
    settings: { smtpUrl, mailFrom, webhookNetworks, publicUrl },
    spans: tracing ?? undefined,
  })
}

/** Everything that a request can reach. */
interface Plane extends TellingEngine {
  readonly settings: Settings
  readonly config: ResolvedConfig
  readonly configHash: string
  readonly inForce: ConfigurationInForce
  readonly hold: RestoreHold
  readonly storage: Storage
  readonly people: People
  readonly outbox: Outbox
  readonly limits: OpenLimits | null
  readonly metrics: Metrics
  /** `null`: nothing is traced. */
  readonly tracing: Tracing | null
  readonly place: Place | undefined
  readonly log: Logger
  readonly clock: Clock
  readonly url: string
  /** The origins of the pages that are ours. */
  readonly ownOrigins: readonly string[]
  /** Whether the server was told to stop. */
  readonly stopping: { isStopping: boolean }
  /** Aborted when the server stops accepting: what is held open ends. */
  readonly closing: AbortSignal
}

/** Answers what a server is asked. Plain requests at the doors pass `node:http` by, unless a trace is to be left of each. */
function answerRequests(server: Server, plane: Plane): PlainConnections | null {
  const { tracing } = plane
  const throttle = new FailureThrottle(plane.clock, plane.place?.link.gossip)
  const doors = doorsOf(plane, throttle)
  const listener = requestListener(plane, doors, throttle)
  server.on('request', tracing === null ? listener : tracing.listening(listener, routePattern))
  if (tracing !== null) return null
  const { headersTimeout, keepAliveTimeout } = connectionBounds
  return new PlainConnections(server, doors, {
    firstMs: headersTimeout,
    // As Node does it, whoever keeps to the time is never too late.
    betweenMs: keepAliveTimeout + 1_000,
    toldSeconds: keepAliveTimeout / 1_000,
  })
}

const doorsOf = (plane: Plane, throttle: FailureThrottle): DataPlane => {
  const { settings, storage } = plane
  return dataPlane({
    engine: plane.engine,
    config: plane.config,
    configHash: plane.configHash,
    freshnessMs: settings.freshnessMs,
    window: plane.window,
    head: (after) => storage.checks.head(after),
    feed: plane.feed,
    storeUsage: (batch) => storage.usage.store(batch),
    throttle,
    trustedProxies: parseRanges(settings.trustedProxies),
    publicUrl: plane.url,
    requestId: requestIds(randomBytes(9).toString('base64url')),
    log: plane.log,
    counted: countedBy(plane),
  })
}

function requestListener(plane: Plane, doors: DataPlane, throttle: FailureThrottle): RequestListener {
  const { settings, storage, engine, limits, outbox, config, log, clock, url, ownOrigins, place } = plane
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
    ready: () =>
      readiness(engine, settings, plane.inForce, limits?.state() ?? null, {
        restored: plane.hold.mark,
        isStopping: plane.stopping.isStopping,
      }),
    metrics: () => allMetrics(plane),
    dataPlane: dataPlaneDocuments,
    settings: { publicUrl: url, ownOrigins, bodyBytesMax, trustedProxies: settings.trustedProxies },
  })
  const management = getRequestListener(app.fetch)
  return (request, response) => {
    if (!doors.serve(request, response) && !browser.door(request, response)) void management(request, response)
  }
}

/** What the doors tell of each outcome; where nothing is traced, the metrics hear it and nobody else. */
const countedBy = ({ metrics, tracing }: Plane): Metrics['counted'] =>
  tracing === null
    ? metrics.counted
    : (code) => {
        metrics.counted(code)
        tracing.decided(code)
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
function startBackground({ settings, inForce, hold, storage, engine, outbox, log, place }: Plane): readonly Repeated[] {
  const onlyLead = (work: () => Promise<unknown>) => async () => {
    if (place?.link.isLead ?? true) await work()
  }
  return [
    repeat('proof of freshness', Math.max(10, settings.freshnessMs / 4), () => engine.refresh(), log),
    repeat('storing usage', usageEveryMs, () => engine.flush((batch) => storage.usage.store(batch)), log),
    repeat(
      'outbox',
      outboxEveryMs,
      // Nothing is sent of a store that nobody has looked at.
      onlyLead(async () => (hold.mark === null ? await outbox.look() : undefined)),
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

/** Says that this node is not ready, and answers as ever until whoever spreads the requests has seen it. */
async function drain(server: Server, own: OwnConnections | null, { settings, stopping }: Plane): Promise<void> {
  stopping.isStopping = true
  if (settings.drainMs === 0) return
  keepNoConnections(server, own)
  await pauseFor(settings.drainMs)
}

async function close(
  background: readonly Repeated[],
  { engine, storage, outbox, limits, metrics, place, tracing }: Plane,
): Promise<void> {
  await Promise.all(background.map((work) => work.stop()))
  await outbox.close()
  await engine.flush((batch) => storage.usage.store(batch))
  if (place !== undefined) place.link.leaves(await metrics.values())
  await limits?.close()
  await storage.close()
  await tracing?.close()
}

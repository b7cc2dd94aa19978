import cluster, { type Worker } from 'node:cluster'
import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from './clock.ts'
import { beatEveryMs } from './cluster/beats.ts'
import { Crew, type WorkerProcess } from './cluster/crew.ts'
import { Hub } from './cluster/hub.ts'
import { type Place, takePlace } from './cluster/place.ts'
import type { ToPrimary, ToWorker } from './cluster/wire.ts'
import { WorkerLink } from './cluster/worker-link.ts'
import { bringIntoForce, readConfig } from './configuration.ts'
import { engineClockOf } from './engine.ts'
import { openWhole } from './installation.ts'
import type { Logger } from './log.ts'
import { refuseUnconfirmedRestore } from './restore-mark.ts'
import { Secret } from './secret.ts'
import type { RunningServer } from './server.ts'
import type { Settings } from './settings.ts'
import { StartError } from './start-error.ts'

/** A primary with its workers. */
export interface RunningCrew extends RunningServer {
  /** Resolves with a StartError when workers end again and again; close it then. */
  readonly failed: Promise<StartError>
}

/** How long workers may take to end by themselves after they have drained; longer than one gives its last requests and messages. */
const workersDrainMs = 20_000

/** Whether this process was started by a primary as one of its workers. */
export const isWorker = (): boolean => cluster.isWorker

/**
 * Starts `workers` processes of this program that serve together; this one serves nothing, but does once what is to be done once, and counts
 * limits for all of them. Rejects with a StartError of one clear sentence where something keeps them from serving.
 */
export async function serveByWorkers(
  settings: Settings,
  { log, clock = systemClock }: { readonly log: Logger; readonly clock?: Clock },
): Promise<RunningCrew> {
  const drainMs = settings.drainMs + workersDrainMs
  const config = await readConfig(settings)
  const { storage } = await openWhole(settings, { config, clock })
  try {
    if (settings.databaseUrl === null) await refuseUnconfirmedRestore(storage, settings.dataFolder)
    const engineClock = engineClockOf(clock)
    const configHash = await bringIntoForce(storage, config, settings)
    const crew = new Crew({
      size: settings.workers,
      fork: forkWorker,
      hub: new Hub(engineClock),
      clock: engineClock,
      log,
      start: { configSource: config.source, configHash, pulse: randomBytes(9).toString('base64url') },
      drainMs,
    })
    // A second signal ends this process at once, and its workers with it.
    process.once('exit', () => crew.killAll())
    const { url } = await crew.start()
    const token = await storage.setup.issue()
    return {
      url,
      setupLink: token === null ? null : new Secret(`${url}/setup/${token.expose()}`),
      failed: crew.failed.then((sentence) => new StartError(sentence)),
      close: async () => {
        if (!(await crew.stop())) log.error({ waitedMs: drainMs }, 'Workers that did not end were cut off.')
      },
    }
  } finally {
    await storage.close()
  }
}

const forkWorker = (): WorkerProcess => processOf(cluster.fork())

const processOf = (worker: Worker): WorkerProcess => ({
  pid: worker.process.pid,
  send: (batch) => {
    // Whoever is gone hears nothing more; that it is gone is told by its exit.
    if (worker.isConnected()) worker.send(batch, undefined, () => {})
  },
  kill: () => void worker.process.kill('SIGKILL'),
  onMessages: (listener) => void worker.on('message', (batch: readonly ToPrimary[]) => listener(batch)),
  onExit: (listener) =>
    void worker.once('exit', (code: number | null, signal: string | null) => listener(signal ?? `exit code ${code}`)),
})

/** A worker's place, and how it lets go of it. */
export interface WorkerPlace {
  readonly place: Place
  /** Resolves with why this process is to end: its primary says so, or is gone. */
  readonly ending: Promise<string>
  /** Says why it cannot serve. */
  refuse(sentence: string): void
  /** Lets go of the primary once everything is sent, so that this process can end. */
  leave(): Promise<void>
}

/** Takes this worker's place at its primary. */
export async function joinWorkers(): Promise<WorkerPlace> {
  const link = new WorkerLink({
    send: (batch) => void process.send?.(batch, undefined, undefined, () => {}),
    monotonicMs: () => systemClock.monotonicMs(),
    // One clock for the whole machine, in microseconds.
    mark: () => Number(process.hrtime.bigint() / 1_000n),
  })
  process.on('message', (batch: readonly ToWorker[]) => link.receive(batch))
  cluster.worker?.once('disconnect', () => {
    // Otherwise Node ends the process here and now, and usage that is not yet stored would be lost.
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true
    link.lose()
  })
  const place = await takePlace(link)
  setInterval(() => link.beat(), beatEveryMs).unref()
  return {
    place,
    ending: Promise.race([
      link.stopped.then(() => 'the primary says so'),
      link.isLost.then(() => 'the primary is gone'),
    ]),
    refuse: (sentence) => link.refuses(sentence),
    leave: async () => {
      if (!process.connected) return
      await new Promise((resolve) => process.send?.([], undefined, undefined, resolve))
      cluster.worker?.disconnect()
    },
  }
}

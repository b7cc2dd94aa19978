import { type Distribution, distributionOf } from './measure.ts'
import { connected, droppedByKernel, faults } from './revocation/faults.ts'
import {
  type LagOptions,
  measureNamespaceLags,
  measureNodeLags,
  measureSdkLags,
  measureWorkerLags,
} from './revocation/lag.ts'

const freshnessMs = 1_000
const connectedP99MsMax = 50
const options: LagOptions = { revocations: 10_000, keysPerRound: 500, freshnessMs, lanes: 4 }

/** From a revocation's 200 to the last acceptance, while all is well: in another worker of the server, and in an SDK's process. */
export async function benchRevocationLag(): Promise<readonly Distribution[]> {
  const sdk = await measureSdkLags([connected], options)
  const worker = await measureWorkerLags(connected, { ...options, keysPerRound: 100, lanes: 1 })
  const aim = { of: 'p99', bound: connectedP99MsMax } as const
  return [
    distributionOf(
      { name: 'revocation lag while connected, SDK process', unit: 'ms', aim },
      lagsOf(sdk, connected.name),
    ),
    distributionOf({ name: 'revocation lag while connected, another worker', unit: 'ms', aim }, worker.lagsMs),
  ]
}

/** The same in another node on the same PostgreSQL. */
export async function benchNodeLag(): Promise<readonly Distribution[]> {
  const { lagsMs } = await measureNodeLags(connected, {
    ...options,
    revocations: Number(process.env['BENCH_REVOCATIONS'] ?? 5_000),
    keysPerRound: 100,
    lanes: 1,
  })
  const aim = { of: 'p99', bound: connectedP99MsMax } as const
  return [
    distributionOf({ name: 'revocation lag while connected, another node on PostgreSQL', unit: 'ms', aim }, lagsMs),
  ]
}

/** The same in an SDK's process while something is wrong. */
export async function benchRevocationFaults(): Promise<readonly Distribution[]> {
  const faultOptions = { ...options, lanes: 32 }
  const measured = await measureSdkLags(faults, faultOptions)
  const dropped = await measureNamespaceLags(droppedByKernel, faultOptions)
  if (dropped === undefined)
    console.error('dropped packets are left out, because no network namespace can be made here')
  else measured.set(droppedByKernel.name, dropped)
  const aim = { of: 'max', bound: freshnessMs } as const
  return [...measured].map(([name, { lagsMs }]) =>
    distributionOf({ name: `revocation lag, SDK process: ${name}`, unit: 'ms', aim }, lagsMs),
  )
}

const lagsOf = (measured: Awaited<ReturnType<typeof measureSdkLags>>, name: string): readonly number[] =>
  measured.get(name)?.lagsMs ?? []

import type { TestPostgres } from '../../packages/server/src/storage/testing-postgres.ts'
import { type Call, callsWith } from './calls.ts'
import { type ChildServer, keywright, startServer } from './child-server.ts'
import { temporaryFolder } from './cleanup.ts'
import { configFile } from './everything.config.ts'
import { createVerifyCredential } from './operating.ts'
import { freePort } from './ports.ts'
import { installationOn } from './postgres.ts'

/** The bound that all clusters run with: the standard of FRESHNESS_MS. */
export const freshnessMs = 1_000

/** What one node is started with besides what all are. */
export interface NodeParts {
  readonly environment?: Readonly<Record<string, string>>
  /** What its program is started with, such as another network namespace. */
  readonly prefix?: readonly string[]
}

/** One node: a process of its own that comes back at the same address whenever it is started again. */
export interface ClusterNode {
  readonly index: number
  readonly url: string
  readonly operator: Call
  /** The process that runs now. */
  server(): ChildServer
  /** Starts it anew after it has ended. */
  start(): Promise<void>
}

/** Nodes on one database. */
export interface Cluster {
  readonly nodes: readonly ClusterNode[]
  readonly postgres: TestPostgres
  /** A verify credential. */
  readonly credential: string
  /** What every node is given. */
  readonly environment: Readonly<Record<string, string>>
  /** Rejects where `events verify` does not find the log whole, or a number of it is missing. */
  verifyLog(): Promise<void>
}

/** What a cluster is made of. */
export interface ClusterOptions {
  readonly postgres: TestPostgres
  readonly database: string
  readonly environment?: Readonly<Record<string, string>>
  /** What each node is given; as many as there are parts. */
  readonly nodes: readonly NodeParts[]
}

/** Starts nodes at once on one empty database; resolves when all serve. */
export async function startCluster({ postgres, database, environment, nodes }: ClusterOptions): Promise<Cluster> {
  const installation = await installationOn(postgres, database, {
    KEYWRIGHT_CONFIG: configFile,
    KEYWRIGHT_FRESHNESS_MS: String(freshnessMs),
    ...environment,
  })
  const started = await Promise.all(nodes.map((parts, index) => startNode(installation, parts, index)))
  const [first] = started as [ClusterNode]
  const credential = await createVerifyCredential(first.operator, { environment: 'live', audiences: ['shop'] })
  return {
    nodes: started,
    postgres,
    credential,
    environment: installation,
    verifyLog: async () => {
      const shell = { ...installation, KEYWRIGHT_DATA: temporaryFolder() }
      const { code, out, told } = await keywright(['events', 'verify', '--json'], shell)
      if (code !== 0) throw new Error(`events verify ended with ${code}: ${told}`)
      const { whole, faults } = JSON.parse(out) as { readonly whole: boolean; readonly faults: readonly unknown[] }
      if (!whole || faults.length > 0) throw new Error(`the log is not whole: ${out}`)
      const [row] = await postgres.run('select max(number) - count(*) as missing from log_entries', database)
      if (Number(row?.['missing']) !== 0) throw new Error('numbers of the log are missing')
    },
  }
}

async function startNode(
  installation: Readonly<Record<string, string>> & { readonly KEYWRIGHT_OPERATOR_KEY: string },
  { environment = {}, prefix }: NodeParts,
  index: number,
): Promise<ClusterNode> {
  const own = {
    ...installation,
    KEYWRIGHT_DATA: temporaryFolder(),
    KEYWRIGHT_PORT: String(await freePort()),
    ...environment,
  }
  let server = await startServer(own, prefix)
  const { url } = server
  return {
    index,
    url,
    operator: callsWith(url, installation.KEYWRIGHT_OPERATOR_KEY),
    server: () => server,
    start: async () => {
      server = await startServer(own, prefix)
    },
  }
}

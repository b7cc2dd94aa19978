import { randomBytes } from 'node:crypto'
import {
  type EngineLimiter,
  generateKeyText,
  type KeyFacts,
  NodeEngine,
  type NodeSource,
  type ResolvedConfig,
  validateConfig,
} from '@keywright/core'
import { saltedDigest } from 'keywright/embedding'

const environment = 'production'
const audience = 'api'
const permission = 'jobs.view'

/** A configuration with resources and a limit that a bench never reaches. */
export function benchConfig(): ResolvedConfig {
  const validated = validateConfig({
    product: { name: 'Bench' },
    types: [{ id: 'standard', prefix: 'bch', label: 'Key', audiences: [audience] }],
    environments: [{ id: environment, tag: 'prod', label: 'Production' }],
    resources: [
      {
        id: 'jobs',
        label: 'Jobs',
        verbs: ['view', 'create'],
        levels: [
          { id: 'read', label: 'Read', verbs: ['view'] },
          { id: 'write', label: 'Write', verbs: ['view', 'create'] },
        ],
      },
    ],
    presets: [{ id: 'read', label: 'Read', grant: { jobs: 'read' } }],
    plans: [
      { id: 'standard', label: 'Standard', limits: [{ name: 'requests', limit: 1_000_000_000, windowSeconds: 60 }] },
    ],
    defaultPlan: 'standard',
  })
  if (!validated.ok) throw new Error(validated.errors.map((error) => `${error.path}: ${error.message}`).join('\n'))
  return validated.config
}

/** A text as it comes from a socket: flat and not shared with any other. */
const fresh = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

/** Keys in the number asked for; their texts are as fresh as a request's. */
export const benchKeys = (count: number): string[] =>
  Array.from({ length: count }, () => fresh(generateKeyText('bch', 'prod', randomBytes)))

const position = { epoch: 'bench', number: 1, hash: 'h' }

function factsOf(index: number, state: KeyFacts['state']): KeyFacts {
  const id = randomBytes(15).toString('base64url')
  return {
    id: fresh(`key_${id}`),
    accountId: `acc_${index % 1_000}`,
    lineageId: fresh(`lin_${id}`),
    lineageShared: false,
    type: fresh('standard'),
    environment: fresh(environment),
    // As a source reads it: a text of its own for each key.
    state: fresh(state) as KeyFacts['state'],
    endsAtMs: null,
    grant: { permissions: [fresh('jobs.view')] },
    name: fresh(`Key number ${index}`),
    metadata: null,
    networks: null,
    limits: [],
    overrides: [],
    quota: null,
    quotaOverride: null,
    owner: null,
    parent: null,
  }
}

/** A source that answers from the process, as if a store had just been read. */
export function benchSource(keys: readonly string[], state: KeyFacts['state'] = 'active'): NodeSource {
  const indexOf = new Map(keys.map((key, index) => [key, index]))
  return {
    key: async (text) => {
      const index = indexOf.get(text)
      return { position, facts: index === undefined ? undefined : factsOf(index, state) }
    },
    account: async (id) => ({
      position,
      facts: { id, externalId: null, active: true, plan: 'standard', overrides: [] },
    }),
    credential: async () => ({ position, facts: undefined }),
    head: async () => ({ position, ageMs: 0, storeTimeMs: Date.now(), changes: [], complete: true, reset: false }),
  }
}

/** The shipped engine over a source, with room for all keys. */
export function benchEngine(
  source: NodeSource,
  keysMax: number,
  freshnessMs = 1_000,
  limiter?: EngineLimiter,
): NodeEngine {
  return new NodeEngine({
    config: benchConfig(),
    source,
    quotas: {
      take: async () => {
        throw new Error('no key of the bench has a quota')
      },
      giveBack: async () => {},
    },
    clock: {
      monotonicMs: () => performance.now(),
      wallMs: () => Date.now(),
      delay: (ms) => {
        let timer: NodeJS.Timeout | undefined
        return {
          done: new Promise((resolve) => {
            timer = setTimeout(resolve, ms)
          }),
          cancel: () => clearTimeout(timer),
        }
      },
    },
    limiter,
    digest: saltedDigest(randomBytes),
    freshnessMs,
    graceMs: 0,
    bounds: { keysMax, unknownMax: 65_536, accountsMax: 100_000, credentialsMax: 1_000 },
    recorder: { process: 'bench', wholeAddresses: false, linesMax: 100_000 },
  })
}

/** What a check of the bench asks. */
export const requestOf = (key: string) => ({
  key,
  permissions: [permission],
  environment,
  audiences: [audience],
  ip: '192.0.2.7',
})

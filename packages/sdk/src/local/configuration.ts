import type { EngineConfig, Limit } from '@keywright/core'
import { readLimit } from './facts.ts'
import { flag, list, orNull, record, text } from './wire.ts'

/** What `GET /v1/engine` answers. */
export interface EngineAnswer {
  /** The hash of the configuration. */
  readonly config: string
  /** The one environment that the credential checks for; `null` where the configuration has none. */
  readonly environment: string | null
  readonly audiences: readonly string[]
  /** Whether whole addresses of keys' users may be reported. */
  readonly wholeAddresses: boolean
  readonly types: readonly { readonly id: string; readonly audiences: readonly string[] }[]
  readonly environments: readonly string[]
  readonly plans: readonly {
    readonly id: string
    readonly limits: readonly Limit[]
    readonly accountLimits: readonly Limit[]
  }[]
  readonly permissions: readonly string[]
}

/** Reads an answer of `GET /v1/engine`. */
export function readEngineAnswer(value: unknown): EngineAnswer {
  const answer = record(value)
  return {
    config: text(answer['config']),
    environment: orNull(answer['environment'], text),
    audiences: list(answer['audiences'], text),
    wholeAddresses: flag(answer['wholeAddresses']),
    types: list(answer['types'], (item) => {
      const { id, audiences } = record(item)
      return { id: text(id), audiences: list(audiences, text) }
    }),
    environments: list(answer['environments'], text),
    plans: list(answer['plans'], (item) => {
      const { id, limits, accountLimits } = record(item)
      return { id: text(id), limits: list(limits, readLimit), accountLimits: list(accountLimits, readLimit) }
    }),
    permissions: list(answer['permissions'], text),
  }
}

/**
 * The configuration that checks are judged by. It becomes another one in place, since the engine holds on to it: so what was taken of limits
 * and what was recorded stay where they are, and there is never a second engine whose checks have to be told from those of the first. Whoever
 * changes it makes the engine forget everything in the same turn, since keys in memory were prepared by the configuration before.
 */
export class Configuration implements EngineConfig {
  readonly typeById = new Map<string, { readonly id: string; readonly audiences: readonly string[] }>()
  readonly environmentById = new Map<string, { readonly id: string }>()
  readonly planById = new Map<string, { readonly limits: readonly Limit[]; readonly accountLimits: readonly Limit[] }>()
  readonly permissions = new Set<string>()
  #hash: string | null = null
  #environment: string | null = null
  #audiences: readonly string[] = []
  #wholeAddresses = false

  /** `null` before the first one was read. */
  get hash(): string | null {
    return this.#hash
  }
  /** The environment of the credential. */
  get environment(): string | null {
    return this.#environment
  }
  /** The audiences of the credential. */
  get audiences(): readonly string[] {
    return this.#audiences
  }
  get wholeAddresses(): boolean {
    return this.#wholeAddresses
  }

  become(answer: EngineAnswer): void {
    this.#hash = answer.config
    this.#environment = answer.environment
    this.#audiences = answer.audiences
    this.#wholeAddresses = answer.wholeAddresses
    replace(
      this.typeById,
      answer.types.map((type) => [type.id, type]),
    )
    replace(
      this.environmentById,
      answer.environments.map((id) => [id, { id }]),
    )
    replace(
      this.planById,
      answer.plans.map((plan) => [plan.id, plan]),
    )
    this.permissions.clear()
    for (const permission of answer.permissions) this.permissions.add(permission)
  }
}

function replace<Value>(map: Map<string, Value>, entries: readonly (readonly [string, Value])[]): void {
  map.clear()
  for (const [id, value] of entries) map.set(id, value)
}

import type { EngineConfig } from '@keywright/core'
import { flag, list, orNull, shape, text } from '../wire.ts'
import { readLimit } from './facts.ts'

/** Reads what `GET /v1/engine` answers. */
export const readEngineAnswer = shape({
  /** The hash of the configuration. */
  config: text,
  /** The one environment that the credential checks for; `null` where the configuration has none. */
  environment: orNull(text),
  audiences: list(text),
  /** Whether whole addresses of keys' users may be reported. */
  wholeAddresses: flag,
  types: list(shape({ id: text, audiences: list(text) })),
  environments: list((id) => ({ id: text(id) })),
  plans: list(shape({ id: text, limits: list(readLimit), accountLimits: list(readLimit) })),
  permissions: list(text),
})

/** What `GET /v1/engine` answers. */
export type EngineAnswer = ReturnType<typeof readEngineAnswer>

type ById<Item> = Map<string, Item>

/**
 * The configuration that checks are judged by. It becomes another one in place, since the engine holds on to it: so what was taken of limits
 * and what was recorded stay where they are, and there is never a second engine whose checks have to be told from those of the first. Whoever
 * changes it makes the engine forget everything in the same turn, since keys in memory were prepared by the configuration before.
 */
export class Configuration implements EngineConfig {
  readonly typeById: ById<EngineAnswer['types'][number]> = new Map()
  readonly environmentById: ById<EngineAnswer['environments'][number]> = new Map()
  readonly planById: ById<EngineAnswer['plans'][number]> = new Map()
  readonly permissions = new Set<string>()
  /** The hash; `null` before the first one was read. */
  hash: string | null = null
  /** The environment of the credential. */
  environment: string | null = null
  /** The audiences of the credential. */
  audiences: readonly string[] = []
  wholeAddresses = false

  become({
    config,
    environment,
    audiences,
    wholeAddresses,
    types,
    environments,
    plans,
    permissions,
  }: EngineAnswer): void {
    this.hash = config
    this.environment = environment
    this.audiences = audiences
    this.wholeAddresses = wholeAddresses
    replace(this.typeById, types)
    replace(this.environmentById, environments)
    replace(this.planById, plans)
    this.permissions.clear()
    for (const permission of permissions) this.permissions.add(permission)
  }
}

function replace<Item extends { readonly id: string }>(byId: ById<Item>, items: readonly Item[]): void {
  byId.clear()
  for (const item of items) byId.set(item.id, item)
}

import type { Limit } from '../config/types.ts'

/** What the engine needs of a configuration; a resolved configuration is one. */
export interface EngineConfig {
  readonly typeById: ReadonlyMap<string, { readonly id: string; readonly audiences: readonly string[] }>
  readonly environmentById: ReadonlyMap<string, { readonly id: string }>
  readonly planById: ReadonlyMap<
    string,
    { readonly limits: readonly Limit[]; readonly accountLimits: readonly Limit[] }
  >
  /** Every `resource.verb` that there is. */
  readonly permissions: ReadonlySet<string>
}

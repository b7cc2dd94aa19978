import type { Config } from '../../api/records.ts'

/** An audience that keys can be for, with the types of keys that are. */
export interface Audience {
  readonly id: string
  /** The labels of the types whose keys are for it. */
  readonly types: readonly string[]
}

/** The audiences of the configuration's types, each once, in their order. */
export function audiencesOf(types: Config['types']): readonly Audience[] {
  const byId = new Map<string, string[]>()
  for (const { label, audiences } of types) for (const id of audiences) byId.set(id, [...(byId.get(id) ?? []), label])
  return [...byId].map(([id, labels]) => ({ id, types: labels }))
}

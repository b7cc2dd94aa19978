import type { Grant } from '@keywright/core'
import type { Config, Resource } from '../../../api/records.ts'
import type { Format } from '../../../locales/format.ts'
import type { Say } from '../../../locales/words.tsx'
import { type Access, type GrantModel, instancesOf, toModel, verbsOf } from './grant-model.ts'

const knownVerbs = [
  'view',
  'read',
  'list',
  'create',
  'edit',
  'update',
  'delete',
  'use',
  'manage',
  'send',
  'export',
  'import',
  'purchase',
  'invite',
  'remove',
  'end',
  'cancel',
  'pause',
  'reactivate',
  'revoke',
  'rotate',
] as const

type KnownVerb = (typeof knownVerbs)[number]

const readingVerbs: readonly string[] = ['view', 'read', 'list', 'get']

const isKnown = (verb: string): verb is KnownVerb => (knownVerbs as readonly string[]).includes(verb)

/** A verb in the page's language where it knows it, else as the configuration writes it. */
export const verbWord = (verb: string, say: Say): string =>
  isKnown(verb) ? say(`createKey.verb.${verb}`) : verb.replaceAll(/[-_]/g, ' ')

/** An instance by its label, else by its id. */
export function instanceLabel(resource: Pick<Resource, 'instances'>, id: string): string {
  if (resource.instances === null || resource.instances === 'any') return id
  return resource.instances.find((instance) => instance.id === id)?.label ?? id
}

interface Words {
  readonly say: Say
  readonly format: Pick<Format, 'list'>
}

/** Which kind of sentence verbs make. */
function kindOf(verbs: readonly string[], resource: Resource): string {
  if (verbs.every((verb) => readingVerbs.includes(verb))) return 'read'
  const isAll = verbs.length === resource.verbs.length
  return isAll && resource.verbs.some((verb) => readingVerbs.includes(verb)) ? 'change' : verbs.join(' ')
}

/** A resource in a sentence, with the instances that access is limited to. */
function named(resource: Resource, instances: readonly string[] | null, { say, format }: Words): string {
  if (instances === null) return resource.label
  const list = format.list(instances.map((instance) => instanceLabel(resource, instance)))
  return say('createKey.summary.only', { resource: resource.label, instances: list })
}

/** What an access is made of, as parts that each fit one sentence. */
function partsOf(access: Access): readonly { readonly verbs: readonly string[]; readonly only: string[] | null }[] {
  const verbs = verbsOf(access)
  if (verbs !== null) return verbs.length === 0 ? [] : [{ verbs, only: instancesOf(access)?.slice() ?? null }]
  return [
    ...(access.whole.length === 0 ? [] : [{ verbs: access.whole, only: null }]),
    ...Object.entries(access.limited).map(([instance, held]) => ({ verbs: held, only: [instance] })),
  ]
}

function sentenceOf(kind: string, resources: readonly string[], { say, format }: Words): string {
  const list = format.list(resources)
  if (kind === 'read') return say('createKey.summary.read', { list })
  if (kind === 'change') return say('createKey.summary.change', { list })
  const verbs = format.list(kind.split(' ').map((verb) => verbWord(verb, say)))
  return say('createKey.summary.verbs', { verbs, list })
}

/** What a choice over resources allows, in sentences: reading first, then the rest, then that there is nothing else. */
function modelSentences(model: GrantModel, resources: readonly Resource[], words: Words): readonly string[] {
  const kinds = new Map<string, string[]>()
  for (const resource of resources) {
    const access = model[resource.id]
    if (access === undefined) continue
    for (const { verbs, only } of partsOf(access)) {
      const kind = kindOf(verbs, resource)
      kinds.set(kind, [...(kinds.get(kind) ?? []), named(resource, only, words)])
    }
  }
  if (kinds.size === 0) return [words.say('createKey.summary.nothing')]
  const rank = (kind: string) => (kind === 'read' ? 0 : kind === 'change' ? 1 : 2)
  const ordered = [...kinds].sort(([left], [right]) => rank(left) - rank(right))
  const sentences = ordered.map(([kind, list]) => sentenceOf(kind, list, words))
  const isEverything = resources.every(
    (resource) => model[resource.id]?.whole.length === resource.verbs.length && resource.verbs.length > 0,
  )
  return isEverything ? sentences : [...sentences, words.say('createKey.summary.nothingElse')]
}

/** What a grant allows, in sentences. */
export function grantSentences(grant: Grant, config: Pick<Config, 'resources'>, words: Words): readonly string[] {
  if (grant === 'unrestricted') return [words.say('createKey.summary.unrestricted')]
  return modelSentences(toModel(grant, config.resources), config.resources, words)
}

/** What of a key to be made is put into words besides its grant. */
export interface SummaryFacts {
  /** `null`: the person has not chosen yet. */
  readonly grant: Grant | null
  /** What the type reaches, where nothing is to be chosen and no resources are configured; empty: nothing is said of it. */
  readonly reaches: string | null
  readonly environment: string | null
  readonly networks: number
  /** Epoch milliseconds; `null`: never; absent: keys do not expire here, and nothing is said of it. */
  readonly expiresAtMs?: number | null
}

/** The whole of a key to be made in a few plain sentences. */
export function summaryOf(
  { grant, reaches, environment, networks, expiresAtMs }: SummaryFacts,
  config: Pick<Config, 'resources'>,
  { say, format }: { readonly say: Say; readonly format: Pick<Format, 'list' | 'day'> },
): readonly string[] {
  const can =
    reaches !== null
      ? reaches === ''
        ? []
        : [say('createKey.summary.reaches', { list: reaches })]
      : grant === null
        ? [say('createKey.summary.open')]
        : grantSentences(grant, config, { say, format })
  return [
    ...can,
    ...(environment === null ? [] : [say('createKey.summary.environment', { environment })]),
    ...(networks === 0 ? [] : [say('createKey.summary.networks', { count: networks })]),
    ...(expiresAtMs === undefined
      ? []
      : expiresAtMs === null
        ? [say('createKey.summary.never')]
        : [say('createKey.summary.expires', { date: format.day(expiresAtMs) })]),
  ]
}

import type { Grant } from '@keywright/core'
import type { Config, Key, KeyCreation, KeyType } from '../../../api/records.ts'
import { type GrantModel, toGrant, toModel } from '../grant/grant-model.ts'
import { type Expiry, expiryChoices, expiryFault, expiryToSend, firstExpiry } from './expiry.ts'
import { type NetworkFault, networkFault } from './networks.ts'

/** What a key may do, as it is chosen: a preset, everything, or a choice over resources. `null`: not chosen yet. */
export type AccessChoice =
  | { readonly kind: 'preset'; readonly id: string }
  | { readonly kind: 'unrestricted' }
  | { readonly kind: 'custom' }
  | null

/** A key that is being made; everything stays as typed until it is made. */
export interface Draft {
  readonly name: string
  readonly description: string
  readonly type: string | null
  readonly environment: string | null
  readonly owner: 'me' | 'service'
  readonly access: AccessChoice
  /** Kept also while a preset is chosen, so that nothing is lost by looking at another choice. */
  readonly model: GrantModel
  readonly expiry: Expiry
  readonly networks: readonly string[]
}

/** What is wrong with a draft, by field; it is put into words where it is shown. */
export type DraftFaults = Partial<{
  readonly name: 'missing'
  readonly type: 'missing'
  readonly environment: 'missing'
  readonly access: 'missing' | 'empty'
  readonly expiry: NonNullable<ReturnType<typeof expiryFault>>
  readonly networks: NetworkFault
  readonly description: 'missing'
}>

/** The choices of access that the configuration has besides its presets. */
export function accessKinds(config: Config): { readonly unrestricted: boolean; readonly custom: boolean } {
  const { unrestricted, unrestrictedPreset, custom } = config.grants
  return {
    unrestricted: unrestricted !== 'absent' && unrestrictedPreset === null,
    custom: custom && config.resources.length > 0,
  }
}

function firstAccess(config: Config): AccessChoice {
  const standard = config.grants.default
  if (standard === 'unrestricted')
    return config.grants.unrestrictedPreset === null
      ? { kind: 'unrestricted' }
      : { kind: 'preset', id: config.grants.unrestrictedPreset }
  if (standard !== null) return { kind: 'preset', id: standard }
  const { unrestricted, custom } = accessKinds(config)
  if (config.presets.length > 0) return null
  if (custom) return { kind: 'custom' }
  return unrestricted ? { kind: 'unrestricted' } : null
}

/** A draft with nothing typed: only what the configuration preselects. */
export const firstDraft = (config: Config): Draft => ({
  name: '',
  description: '',
  type: config.defaultType ?? (config.types.length === 1 ? (config.types[0]?.id ?? null) : null),
  environment: config.defaultEnvironment,
  owner: 'service',
  access: firstAccess(config),
  model: {},
  expiry: firstExpiry(config),
  networks: [],
})

/** The type of a draft. */
export const typeOf = (draft: Pick<Draft, 'type'>, config: Pick<Config, 'types'>): KeyType | undefined =>
  config.types.find(({ id }) => id === draft.type)

/** Whether anything is to be chosen about what the key may do. */
export const choosesAccess = (draft: Pick<Draft, 'type'>, config: Config): boolean => {
  const type = typeOf(draft, config)
  const kinds = accessKinds(config)
  return (
    type !== undefined && type.fixedGrant === null && (config.presets.length > 0 || kinds.custom || kinds.unrestricted)
  )
}

/** What the key would hold; `null`: that is still to be chosen. */
export function grantOf(draft: Draft, config: Config): Grant | null {
  const fixed = typeOf(draft, config)?.fixedGrant
  if (fixed !== null && fixed !== undefined) return fixed
  const { access } = draft
  if (access === null) return null
  if (access.kind === 'unrestricted') return 'unrestricted'
  if (access.kind === 'custom') return toGrant(draft.model, config.resources)
  return config.presets.find(({ id }) => id === access.id)?.grant ?? null
}

function accessFault(draft: Draft, config: Config): DraftFaults['access'] {
  if (!choosesAccess(draft, config)) return undefined
  if (draft.access === null) return 'missing'
  return draft.access.kind === 'custom' && Object.keys(draft.model).length === 0 ? 'empty' : undefined
}

/** Everything that is wrong with a draft before it is sent; empty: nothing. */
export function faultsOf(draft: Draft, config: Config, nowMs: number): DraftFaults {
  const { fields } = config
  const choices = expiryChoices(config)
  const faults = {
    name: fields.name.presence === 'required' && draft.name.trim() === '' ? 'missing' : undefined,
    description: fields.description.presence === 'required' && draft.description.trim() === '' ? 'missing' : undefined,
    type: typeOf(draft, config) === undefined ? 'missing' : undefined,
    environment: config.environments.length > 0 && draft.environment === null ? 'missing' : undefined,
    access: accessFault(draft, config),
    expiry: choices === null ? undefined : (expiryFault(draft.expiry, choices, { nowMs, bornMs: nowMs }) ?? undefined),
    networks: networkFault(draft.networks) ?? undefined,
  }
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined)) as DraftFaults
}

function accessBody(draft: Draft, config: Config): Pick<KeyCreation, 'grant' | 'preset'> {
  if (!choosesAccess(draft, config) || draft.access === null) return {}
  if (draft.access.kind === 'preset') return { preset: draft.access.id }
  return { grant: draft.access.kind === 'unrestricted' ? 'unrestricted' : toGrant(draft.model, config.resources) }
}

/** The request that a draft asks for. */
export function bodyOf(draft: Draft, config: Config, about: { nowMs: number; memberId: string | null }): KeyCreation {
  const { nowMs, memberId } = about
  const choices = expiryChoices(config)
  const name = draft.name.trim()
  const description = draft.description.trim()
  return {
    ...(config.fields.name.presence === 'absent' || name === '' ? {} : { name }),
    ...(config.fields.description.presence === 'absent' || description === '' ? {} : { description }),
    ...(draft.type === null ? {} : { type: draft.type }),
    ...(draft.environment === null ? {} : { environment: draft.environment }),
    ...accessBody(draft, config),
    ...(choices === null ? {} : { expiresAt: expiryToSend(draft.expiry, choices, { nowMs, bornMs: nowMs }) }),
    ...(draft.networks.length === 0 ? {} : { allowedNetworks: draft.networks }),
    ...(draft.owner === 'me' && memberId !== null ? { owner: memberId } : {}),
  }
}

/** How an existing grant is chosen again: by its preset while that holds the same, else as it is. */
export function accessOfKey(
  key: Pick<Key, 'grant' | 'preset'>,
  config: Config,
): { readonly access: AccessChoice; readonly model: GrantModel } {
  const model = key.grant === 'unrestricted' ? {} : toModel(key.grant, config.resources)
  const preset = config.presets.find(({ id }) => id === key.preset)
  if (preset !== undefined && sameGrant(preset.grant, key.grant))
    return { access: { kind: 'preset', id: preset.id }, model }
  if (key.grant === 'unrestricted') {
    const { unrestrictedPreset } = config.grants
    return {
      access: unrestrictedPreset === null ? { kind: 'unrestricted' } : { kind: 'preset', id: unrestrictedPreset },
      model,
    }
  }
  return { access: { kind: 'custom' }, model }
}

const textOf = (grant: Grant): string => (grant === 'unrestricted' ? grant : [...grant.permissions].sort().join(' '))

const sameGrant = (left: Grant, right: Grant): boolean => textOf(left) === textOf(right)

/** The draft with what an existing key holds taken over; name and description stay as they were typed. */
export function copiedFrom(draft: Draft, key: Key, config: Config): Draft {
  const type = config.types.some(({ id }) => id === key.type) ? key.type : draft.type
  const environment = config.environments.some(({ id }) => id === key.environment) ? key.environment : draft.environment
  const offered = key.grant !== 'unrestricted' || config.grants.unrestricted !== 'absent'
  return {
    ...draft,
    type,
    environment,
    ...(offered ? accessOfKey(key, config) : {}),
    networks: key.allowedNetworks ?? [],
  }
}

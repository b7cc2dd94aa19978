import {
  type Grant,
  type Limit,
  presetGrant,
  type Quota,
  type ResolvedConfig,
  type ResolvedField,
  type ResolvedType,
  validateGrant,
} from '@keywright/core'
import { limitsErrors, limitsMax, plainLimit, quotaErrors } from '../limits.ts'
import { cleanDescription, cleanName } from '../names.ts'
import type { Faults } from './faults.ts'
import { normalizeNetwork } from './network-text.ts'

/** How many networks a key is limited to at most. */
const networksMax = 100

const listed = (ids: Iterable<string>): string => [...ids].map((id) => `"${id}"`).join(', ')

/** The type of a new key: as named, else the configuration's default. */
export function chooseType(
  given: string | undefined,
  config: ResolvedConfig,
  faults: Faults,
): ResolvedType | undefined {
  const id = given ?? config.defaultType
  const type = id === null ? undefined : config.typeById.get(id)
  if (type !== undefined) return type
  const names = listed(config.typeById.keys())
  faults.refused(
    '/type',
    id === null ? `Name the type of the key: ${names}.` : `There is no such type. Name one of: ${names}.`,
  )
  return undefined
}

/** The environment of a new key: as named, else the configuration's default; `null` where there is no such axis. */
export function chooseEnvironment(given: string | undefined, config: ResolvedConfig, faults: Faults): string | null {
  if (config.environments.length === 0) {
    if (given !== undefined) faults.refused('/environment', 'There are no environments here. Leave it out.')
    return null
  }
  const id = given ?? config.defaultEnvironment
  if (id !== null && config.environmentById.has(id)) return id
  const names = listed(config.environmentById.keys())
  faults.refused(
    '/environment',
    id === null ? `Name the environment of the key: ${names}.` : `There is no such environment. Name one of: ${names}.`,
  )
  return null
}

/** The name or the description of a key, as the configuration wants the field. */
export function chooseText(
  field: 'name' | 'description',
  given: string | null | undefined,
  config: ResolvedConfig,
  faults: Faults,
): string | null {
  const { presence }: ResolvedField = config.fields[field]
  if (given === undefined || given === null) {
    if (presence === 'required') faults.refused(`/${field}`, `Keys must have a ${field} here. Write one.`)
    return null
  }
  if (presence === 'absent') {
    faults.refused(`/${field}`, `Keys have no ${field} here. Leave it out.`)
    return null
  }
  const clean = field === 'name' ? cleanName(given) : cleanDescription(given)
  if ('text' in clean) return clean.text
  faults.invalid(`/${field}`, clean.fault)
  return null
}

/** A grant and, where a preset was chosen, its id. */
export interface ChosenGrant {
  readonly grant: Grant
  readonly preset: string | null
}

interface GivenGrant {
  readonly grant?: Grant | undefined
  readonly preset?: string | undefined
}

/** What a new key of a type holds: its fixed grant, else as chosen, else the configuration's default. */
export function chooseGrant(
  given: GivenGrant,
  type: ResolvedType,
  config: ResolvedConfig,
  faults: Faults,
): ChosenGrant | undefined {
  if (given.grant !== undefined || given.preset !== undefined) return chosenGrant(given, type, config, faults)
  if (type.fixedGrant !== null) return { grant: type.fixedGrant, preset: null }
  const standard = config.grants.default
  if (standard === null) {
    faults.refused('/grant', `Say what the key may do: name a preset${presetNames(config)} or a grant.`)
    return undefined
  }
  return chosenGrant(
    standard === 'unrestricted' ? { grant: 'unrestricted' } : { preset: standard },
    type,
    config,
    faults,
  )
}

/** What was chosen for a key of a type, where the configuration allows it. */
export function chosenGrant(
  { grant, preset }: GivenGrant,
  type: ResolvedType,
  config: ResolvedConfig,
  faults: Faults,
): ChosenGrant | undefined {
  if (grant !== undefined && preset !== undefined) {
    faults.invalid('/preset', 'Name a grant or a preset, not both.')
    return undefined
  }
  if (type.fixedGrant !== null) {
    const pointer = grant === undefined ? '/preset' : '/grant'
    faults.refused(pointer, `What keys of type "${type.id}" may do is fixed by the configuration. Leave it out.`)
    return undefined
  }
  if (preset !== undefined) {
    const held = presetGrant(preset, config)
    if (held !== null) return { grant: held, preset }
    faults.refused('/preset', `There is no such preset. Name one${presetNames(config)}.`)
    return undefined
  }
  const checked = validateGrant(grant, config)
  if (checked.ok) return { grant: checked.grant, preset: null }
  for (const { pointer, detail } of checked.errors) faults.refused(`/grant${pointer}`, sentence(detail))
  return undefined
}

const presetNames = (config: ResolvedConfig): string =>
  config.presets.length === 0 ? '' : ` (${listed(config.presetById.keys())})`

const sentence = (detail: string): string => `The grant is not allowed here: ${detail}.`

/** The networks that a key may be used from, each in its one text; `null`: any. */
export function chooseNetworks(given: readonly string[] | null | undefined, faults: Faults): readonly string[] | null {
  if (given === undefined || given === null) return null
  if (given.length > networksMax) {
    faults.invalid('/allowedNetworks', `There are more than ${networksMax} networks. Join them to larger ranges.`)
    return null
  }
  const texts = given.map((text, index) => {
    const network = normalizeNetwork(text)
    if (network === undefined) {
      faults.invalid(
        `/allowedNetworks/${index}`,
        'Write an address or a range such as 192.0.2.0/24 or 2001:db8::/32, without bits set beyond its length.',
      )
    }
    return network
  })
  return [...new Set(texts.filter((text) => text !== undefined))].sort()
}

/** The limits of a key, each with its members in one order. */
export function chooseLimits(given: readonly Limit[] | undefined, faults: Faults): readonly Limit[] {
  if (given === undefined) return []
  const errors = limitsErrors(given, '/limits')
  faults.invalidAll(errors)
  return errors.length > 0 ? [] : given.slice(0, limitsMax).map(plainLimit)
}

/** The quota of a key; `null`: none. */
export function chooseQuota(given: Quota | null, faults: Faults): Quota | null {
  if (given === null) return null
  const errors = quotaErrors(given, '/quota')
  faults.invalidAll(errors)
  return errors.length > 0 ? null : { limit: given.limit, period: given.period }
}

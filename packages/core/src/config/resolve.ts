import { standardOverlapsSeconds } from './check-choices.ts'
import {
  standardActionNames,
  standardActions,
  standardNotEditable,
  standardPlan,
  standardRoles,
  standardStateLabels,
  standardUnrestrictedAdvice,
} from './defaults.ts'
import { deepFreeze, frozenMap, frozenSet } from './freeze.ts'
import { expandGrant, fixedGrantOf } from './grants.ts'
import { resolveFields, resolveHelp, resolveProblems, resolveProduct, resolveWords } from './resolve-words.ts'
import type { ResolvedConfig, ResolvedLimit } from './resolved.ts'
import { type KeywrightConfig, keyStates, type Limit, lifecycleActions } from './types.ts'

/** Fills in every default of a configuration that is valid, and freezes the result. */
export function resolveConfig(source: KeywrightConfig): ResolvedConfig {
  const roles = resolveRoles(source)
  const plans = resolvePlans(source)
  const config: ResolvedConfig = {
    product: resolveProduct(source),
    words: resolveWords(source.words),
    fields: resolveFields(source.fields),
    ...resolveTypes(source),
    ...resolveEnvironments(source),
    ...resolveResources(source),
    ...resolveGrants(source),
    roles,
    roleById: byId(roles),
    lastingRole: source.lastingRole ?? (source.roles === undefined ? standardRoles[0].id : null),
    actions: resolveActions(source.actions),
    expiry: {
      choicesDays: source.expiry?.choicesDays ?? null,
      defaultDays: source.expiry?.defaultDays ?? null,
      maxDays: source.expiry?.maxDays ?? null,
    },
    rotation: resolveRotation(source.rotation),
    caps: { activeKeysPerAccount: source.caps?.activeKeysPerAccount ?? null },
    plans,
    planById: byId(plans),
    defaultPlan: source.defaultPlan ?? source.plans?.[0]?.id ?? standardPlan.id,
    display: resolveDisplay(source),
    acceptedHeaders: source.acceptedHeaders ?? ['authorization'],
    problems: resolveProblems(source.problems ?? {}),
    tips: source.tips ?? [],
    help: resolveHelp(source.help ?? []),
    activity: {
      keepDays: source.activity?.keepDays ?? 7,
      perKeyMax: source.activity?.perKeyMax ?? 100,
      wholeAddresses: source.activity?.wholeAddresses ?? false,
    },
    source,
  }
  return deepFreeze(config)
}

const byId = <Item extends { readonly id: string }>(items: readonly Item[]): ReadonlyMap<string, Item> =>
  frozenMap(items.map((item) => [item.id, item]))

const choosable = ({ resources, presets, grants }: KeywrightConfig): boolean =>
  (presets ?? []).length > 0 ||
  (grants?.unrestricted ?? 'absent') !== 'absent' ||
  ((resources ?? []).length > 0 && grants?.custom !== false)

function resolveTypes(source: KeywrightConfig): Pick<ResolvedConfig, 'types' | 'typeById' | 'defaultType'> {
  const types = source.types.map(({ id, prefix, label, description, audiences, fixedGrant, example }) => ({
    id,
    prefix,
    label,
    description: description ?? null,
    audiences,
    fixedGrant: fixedGrantOf(fixedGrant, source.resources ?? [], choosable(source)),
    example: example ?? null,
  }))
  const only = types.length === 1 ? types[0]?.id : undefined
  return { types, typeById: byId(types), defaultType: source.defaultType ?? only ?? null }
}

function resolveEnvironments(
  source: KeywrightConfig,
): Pick<ResolvedConfig, 'environments' | 'environmentById' | 'defaultEnvironment'> {
  const environments = (source.environments ?? []).map(({ id, tag, label, description, baseUrl }) => ({
    id,
    tag: tag ?? null,
    label,
    description: description ?? null,
    baseUrl: baseUrl ?? null,
  }))
  return { environments, environmentById: byId(environments), defaultEnvironment: source.defaultEnvironment ?? null }
}

function resolveResources(
  source: KeywrightConfig,
): Pick<ResolvedConfig, 'groups' | 'resources' | 'resourceById' | 'permissions' | 'managingResource'> {
  const resources = (source.resources ?? []).map((resource) => ({
    id: resource.id,
    label: resource.label,
    description: resource.description ?? null,
    group: resource.group ?? null,
    verbs: resource.verbs,
    levels: resource.levels,
    instances: resource.instances ?? null,
    managesKeys: resource.manages === 'keys',
  }))
  return {
    groups: source.groups ?? [],
    resources,
    resourceById: byId(resources),
    permissions: frozenSet(resources.flatMap(({ id, verbs }) => verbs.map((verb) => `${id}.${verb}`))),
    managingResource: resources.find(({ managesKeys }) => managesKeys)?.id ?? null,
  }
}

function resolveGrants(source: KeywrightConfig): Pick<ResolvedConfig, 'presets' | 'presetById' | 'grants'> {
  const presets = (source.presets ?? []).map(({ id, label, description, grant }) => ({
    id,
    label,
    description: description ?? null,
    grant: expandGrant(grant, source.resources ?? []),
  }))
  const grants = source.grants ?? {}
  return {
    presets,
    presetById: byId(presets),
    grants: {
      unrestricted: grants.unrestricted ?? 'absent',
      unrestrictedPreset: presets.find(({ grant }) => grant === 'unrestricted')?.id ?? null,
      custom: grants.custom ?? true,
      editable: grants.editable ?? true,
      default: grants.default ?? null,
      advice: grants.advice ?? standardUnrestrictedAdvice,
      notEditable: grants.notEditable ?? standardNotEditable,
    },
  }
}

const resolveRoles = (source: KeywrightConfig): ResolvedConfig['roles'] =>
  (source.roles ?? standardRoles).map(({ id, label, description, may, managesMembers }) => ({
    id,
    label,
    description: description ?? null,
    may,
    managesMembers: managesMembers ?? false,
  }))

function resolveActions(actions: KeywrightConfig['actions']): ResolvedConfig['actions'] {
  if (actions === undefined) {
    return Object.fromEntries(
      standardActionNames.map((name) => [name, { ...standardActions[name], confirm: 'dialog' as const }]),
    )
  }
  return Object.fromEntries(
    lifecycleActions.flatMap((name) => {
      const action = actions[name]
      return action === undefined
        ? []
        : [[name, { ...action, warning: action.warning ?? standardActions[name].warning }]]
    }),
  )
}

function resolveRotation(rotation: KeywrightConfig['rotation'] = {}): ResolvedConfig['rotation'] {
  const overlapsSeconds = rotation.overlapsSeconds ?? standardOverlapsSeconds
  // A day where it is offered; else the longest that is shorter; else the shortest.
  const upToADay = overlapsSeconds.filter((seconds) => seconds <= 86_400)
  const standard = upToADay.length > 0 ? Math.max(...upToADay) : Math.min(...overlapsSeconds)
  return {
    dueAfterDays: rotation.dueAfterDays ?? null,
    overlapsSeconds,
    defaultOverlapSeconds: rotation.defaultOverlapSeconds ?? standard,
    maxOverlapSeconds: Math.max(...overlapsSeconds),
  }
}

function resolvePlans(source: KeywrightConfig): ResolvedConfig['plans'] {
  const cap = source.caps?.activeKeysPerAccount ?? null
  const resolve = ({ name, limit, windowSeconds, burst }: Limit): ResolvedLimit => ({
    name,
    limit,
    windowSeconds,
    burst: burst ?? limit,
  })
  return (source.plans ?? [standardPlan]).map((plan) => ({
    id: plan.id,
    label: plan.label,
    limits: (plan.limits ?? []).map(resolve),
    accountLimits: (plan.accountLimits ?? []).map(resolve),
    quota: plan.quota ?? null,
    activeKeysMax: plan.activeKeysMax === undefined ? cap : plan.activeKeysMax,
  }))
}

function resolveDisplay(source: KeywrightConfig): ResolvedConfig['display'] {
  const display = source.display ?? {}
  const hasExpiry = (source.expiry?.choicesDays ?? [1]).some((days) => days !== null)
  const columns: ResolvedConfig['display']['columns'] = [
    ...(source.fields?.name?.presence === 'absent' ? [] : (['name'] as const)),
    'preview',
    ...(source.types.length > 1 ? (['type'] as const) : []),
    ...((source.environments ?? []).length > 0 ? (['environment'] as const) : []),
    ...(choosable(source) && source.types.some(({ fixedGrant }) => fixedGrant === undefined)
      ? (['permissions'] as const)
      : []),
    'created',
    'lastUsed',
    ...(hasExpiry ? (['expires'] as const) : []),
    'state',
  ]
  return {
    mask: display.mask ?? { kind: 'last', characters: 4 },
    columns: display.columns ?? columns,
    listedStates: display.listedStates ?? keyStates,
    stateLabels: { ...standardStateLabels, ...display.stateLabels },
  }
}

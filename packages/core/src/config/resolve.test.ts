import { expect, test } from 'vitest'
import { problems } from '../problem.ts'
import type { ResolvedConfig } from './resolved.ts'
import { pausingKeys, recordedKeys, restrictedKeys, scopedKeys, shapes, typedKeys } from './samples.ts'
import type { KeywrightConfig } from './types.ts'
import { validateConfig } from './validate.ts'

function resolved(config: KeywrightConfig): ResolvedConfig {
  const validation = validateConfig(config)
  if (!validation.ok) throw new Error(JSON.stringify(validation.errors))
  return validation.config
}

const least = { product: { name: 'P' }, types: [{ id: 'key', prefix: 'p', label: 'K', audiences: ['api'] }] }

test('every default is filled in', () => {
  const config = resolved(least)
  expect(config.product).toMatchObject({ languages: ['en'], defaultLanguage: 'en', links: { support: null } })
  expect(config.words).toMatchObject({ menuPlace: 'side', key: { one: { en: 'API key' } } })
  expect(config.fields.name).toMatchObject({ presence: 'required', hint: null, advice: null })
  expect(config.fields.description.presence).toBe('optional')
  expect(config.defaultType).toBe('key')
  expect(config.environments).toEqual([])
  expect(config.grants).toMatchObject({ unrestricted: 'absent', custom: true, editable: true, default: null })
  expect(config.roles.map(({ id, managesMembers }) => [id, managesMembers])).toEqual([
    ['admin', true],
    ['member', false],
  ])
  expect(config.roleById.get('admin')?.may).toHaveLength(8)
  expect(config.roleById.get('member')?.may).toEqual(['view'])
  expect(config.lastingRole).toBe('admin')
  expect(Object.entries(config.actions).map(([name, action]) => [name, action.confirm])).toEqual([
    ['revoke', 'dialog'],
    ['rotate', 'dialog'],
    ['delete', 'dialog'],
  ])
  expect(config.expiry).toEqual({ choicesDays: null, defaultDays: null, maxDays: null })
  expect(config.rotation).toEqual({
    dueAfterDays: null,
    overlapsSeconds: [0, 3_600, 86_400, 604_800],
    defaultOverlapSeconds: 86_400,
    maxOverlapSeconds: 604_800,
  })
  expect(config.plans).toEqual([
    expect.objectContaining({ id: 'default', limits: [], accountLimits: [], quota: null, activeKeysMax: null }),
  ])
  expect(config.defaultPlan).toBe('default')
  expect(config.display.mask).toEqual({ kind: 'last', characters: 4 })
  expect(config.display.columns).toEqual(['name', 'preview', 'created', 'lastUsed', 'expires', 'state'])
  expect(config.display.listedStates).toEqual(['active', 'paused', 'revoked', 'expired'])
  expect(config.acceptedHeaders).toEqual(['authorization'])
  expect(Object.keys(config.problems)).toEqual(Object.keys(problems))
  expect(config.problems.rate_limited).toEqual({ title: problems.rate_limited.title, detail: null, check: [] })
  expect(config.activity).toEqual({ keepDays: 7, perKeyMax: 100, wholeAddresses: false })
})

test('where nothing could be chosen a key holds nothing', () => {
  expect(resolved(least).types[0]?.fixedGrant).toEqual({ permissions: [] })
})

test('where something can be chosen nothing is fixed', () => {
  expect(resolved({ ...least, grants: { unrestricted: 'offered' } }).types[0]?.fixedGrant).toBeNull()
  expect(resolved(scopedKeys).types[0]?.fixedGrant).toBeNull()
})

test('fixed grants and presets are expanded', () => {
  expect(resolved(typedKeys).typeById.get('customer')?.fixedGrant).toBe('unrestricted')
  expect(resolved(recordedKeys).types[0]?.fixedGrant).toEqual({
    permissions: ['chatbot.view', 'inventory.edit', 'inventory.view', 'leads.view'],
  })
  expect(resolved(scopedKeys).presetById.get('crm-only')?.grant).toEqual({
    permissions: ['integrations.use:crm', 'jobs.view'],
  })
  expect(resolved(scopedKeys).grants.unrestrictedPreset).toBe('full-access')
})

test('what is configured stands', () => {
  const config = resolved(scopedKeys)
  expect(config.environmentById.get('production')).toMatchObject({
    tag: 'prod',
    baseUrl: 'https://api.example.com:8443/v1',
  })
  expect(config.defaultEnvironment).toBeNull()
  expect([...config.permissions]).toContain('integrations.manage')
  expect(config.planById.get('free')).toMatchObject({ activeKeysMax: 50, limits: [{ name: 'requests', burst: 10 }] })
  expect(config.planById.get('scale')).toMatchObject({
    activeKeysMax: null,
    limits: [{ name: 'requests', burst: 600 }],
  })
  expect(Object.keys(config.actions)).toEqual(['revoke', 'rotate'])
  expect(config.problems.invalid_token.title).toBe('Invalid API Key')
  expect(resolved(restrictedKeys).managingResource).toBe('api-keys')
  expect(resolved(pausingKeys).actions.pause).toMatchObject({
    label: 'Revoke',
    warning: 'The key can be reactivated later.',
  })
  expect(resolved(pausingKeys).display.stateLabels).toMatchObject({ paused: 'Revoked', active: { en: 'Active' } })
  expect(resolved(typedKeys).defaultType).toBeNull()
})

test('without a default overlap the longest up to a day is it, else the shortest', () => {
  const standard = (overlapsSeconds: readonly number[]) =>
    resolved({ ...least, rotation: { overlapsSeconds } }).rotation.defaultOverlapSeconds
  expect(standard([0, 3_600, 604_800])).toBe(3_600)
  expect(standard([172_800, 604_800])).toBe(172_800)
})

test('the first plan is the default where none is named, and configured roles have no lasting one by themselves', () => {
  const plans = [
    { id: 'a', label: 'A' },
    { id: 'b', label: 'B' },
  ]
  expect(resolved({ ...least, plans }).defaultPlan).toBe('a')
  expect(resolved({ ...least, plans, defaultPlan: 'b' }).defaultPlan).toBe('b')
  expect(resolved({ ...least, roles: [{ id: 'x', label: 'X', may: [] }] }).lastingRole).toBeNull()
})

const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && (value instanceof Map ? [...value.values()] : Object.values(value)).every(isFrozen))

test.each(Object.entries(shapes))('the configuration of %s is frozen in all its parts', (_, source) => {
  const config = resolved(source)
  expect(isFrozen({ ...config })).toBe(false)
  expect(isFrozen(config)).toBe(true)
  expect(() => (config.typeById as Map<string, unknown>).set('x', {})).toThrow(TypeError)
  expect(() => (config.permissions as Set<string>).add('x.y')).toThrow(TypeError)
  expect(config.source).toEqual(source)
})

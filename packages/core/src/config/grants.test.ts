import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  describeGrant,
  equalGrants,
  expandGrant,
  levelOf,
  permissionFault,
  presetGrant,
  validateGrant,
} from './grants.ts'
import type { ResolvedConfig } from './resolved.ts'
import { restrictedKeys, scopedKeys } from './samples.ts'
import type { KeywrightConfig } from './types.ts'
import { validateConfig } from './validate.ts'

function resolved(config: KeywrightConfig): ResolvedConfig {
  const validation = validateConfig(config)
  if (!validation.ok) throw new Error(JSON.stringify(validation.errors))
  return validation.config
}

const scoped = resolved(scopedKeys)
const restricted = resolved(restrictedKeys)
const resources = scopedKeys.resources ?? []

describe('expanding', () => {
  test('a level is its verbs, verbs are themselves, instances limit each verb', () => {
    expect(expandGrant({ jobs: 'write', administration: { verbs: ['manage'] } }, resources)).toEqual({
      permissions: ['administration.manage', 'jobs.create', 'jobs.delete', 'jobs.view'],
    })
    expect(expandGrant({ integrations: { verbs: ['view', 'use'], instances: ['crm', 'ats'] } }, resources)).toEqual({
      permissions: ['integrations.use:ats', 'integrations.use:crm', 'integrations.view:ats', 'integrations.view:crm'],
    })
  })

  test('what does not exist and what is not named grants nothing', () => {
    expect(expandGrant({}, resources)).toEqual({ permissions: [] })
    expect(expandGrant({ nothing: 'read', jobs: 'all', integrations: { verbs: ['fly'] } }, resources)).toEqual({
      permissions: [],
    })
    expect(expandGrant({ integrations: { verbs: ['use'], instances: [] } }, resources)).toEqual({ permissions: [] })
  })

  test('a resource that is named like a method of objects is not granted by inheritance', () => {
    const named = [{ id: 'constructor', verbs: ['name'], levels: [] }]
    expect(expandGrant({}, named)).toEqual({ permissions: [] })
  })

  test('a preset is known by its id; another id is no preset', () => {
    expect(presetGrant('full-access', scoped)).toBe('unrestricted')
    expect(presetGrant('read-only', scoped)).toEqual({ permissions: ['integrations.view', 'jobs.view'] })
    expect(presetGrant('constructor', scoped)).toBeNull()
  })
})

describe('levels', () => {
  const access = (...permissions: readonly string[]) => levelOf('integrations', { permissions }, scoped)

  test('exactly the verbs of a level are the level', () => {
    expect(access()).toEqual({ kind: 'none' })
    expect(access('jobs.view')).toEqual({ kind: 'none' })
    expect(access('integrations.view')).toEqual({ kind: 'level', id: 'read' })
    expect(access('integrations.use', 'integrations.view')).toEqual({ kind: 'level', id: 'use' })
  })

  test('a set of verbs that fits no level is custom', () => {
    expect(access('integrations.use')).toEqual({ kind: 'custom', verbs: ['use'], instances: [] })
    expect(access('integrations.manage', 'integrations.view', 'integrations.use')).toEqual({
      kind: 'custom',
      verbs: ['view', 'use', 'manage'],
      instances: [],
    })
  })

  test('what is limited to instances is custom and says which, and which level it is there', () => {
    expect(access('integrations.use:crm', 'integrations.view', 'integrations.manage:ats')).toEqual({
      kind: 'custom',
      verbs: ['view'],
      instances: [
        { id: 'ats', verbs: ['manage'], level: null },
        { id: 'crm', verbs: ['use'], level: 'use' },
      ],
    })
  })

  test('unrestricted is the highest level where that has every verb', () => {
    expect(levelOf('jobs', 'unrestricted', scoped)).toEqual({ kind: 'level', id: 'write' })
    expect(levelOf('administration', 'unrestricted', scoped)).toEqual({
      kind: 'custom',
      verbs: ['manage'],
      instances: [],
    })
    expect(levelOf('nothing', 'unrestricted', scoped)).toEqual({ kind: 'none' })
  })

  test('any choice of levels comes back as the same choice', () => {
    const choice = fc.record({
      calls: fc.constantFrom('none', 'read', 'write'),
      phones: fc.constantFrom('none', 'read', 'write'),
    })
    fc.assert(
      fc.property(choice, (levels) => {
        const chosen = Object.fromEntries(Object.entries(levels).filter(([, level]) => level !== 'none'))
        const grant = expandGrant(chosen, restrictedKeys.resources ?? [])
        for (const [id, level] of Object.entries(levels)) {
          expect(levelOf(id, grant, restricted)).toEqual(
            level === 'none' ? { kind: 'none' } : { kind: 'level', id: level },
          )
        }
      }),
    )
  })

  test('a description names every resource, fitting presets and what is unknown', () => {
    expect(describeGrant({ permissions: ['jobs.view', 'integrations.view'] }, scoped)).toMatchObject({
      kind: 'restricted',
      custom: false,
      presets: ['read-only'],
      unknown: [],
    })
    expect(describeGrant({ permissions: ['jobs.delete', 'ships.sail'] }, scoped)).toMatchObject({
      custom: true,
      presets: [],
      unknown: ['ships.sail'],
    })
    expect(describeGrant('unrestricted', scoped)).toMatchObject({
      kind: 'unrestricted',
      custom: false,
      presets: ['full-access'],
    })
    expect(describeGrant('unrestricted', scoped).resources).toHaveLength(3)
  })
})

describe('checking a grant that was asked for', () => {
  test('a good one is normalized', () => {
    expect(
      validateGrant({ permissions: ['jobs.view', 'integrations.use:crm', 'integrations.use', 'jobs.view'] }, scoped),
    ).toEqual({
      ok: true,
      grant: { permissions: ['integrations.use', 'jobs.view'] },
    })
    expect(validateGrant('unrestricted', scoped)).toEqual({ ok: true, grant: 'unrestricted' })
    expect(validateGrant({ permissions: [] }, scoped)).toEqual({ ok: true, grant: { permissions: [] } })
  })

  test.each<[string, unknown, string]>([
    ['null', null, ''],
    ['a text', 'all', ''],
    ['a list', ['jobs.view'], ''],
    ['no permissions', {}, '/permissions'],
    ['another member', { permissions: [], scope: 'all' }, ''],
    ['permissions as a text', { permissions: 'jobs.view' }, '/permissions'],
    ['a number', { permissions: ['jobs.view', 5] }, '/permissions/1'],
    ['an unknown resource', { permissions: ['ships.sail'] }, '/permissions/0'],
    ['an unknown verb', { permissions: ['jobs.view', 'jobs.fly'] }, '/permissions/1'],
    ['a wildcard', { permissions: ['jobs.*'] }, '/permissions/0'],
    ['another case', { permissions: ['Jobs.view'] }, '/permissions/0'],
    ['an unknown instance', { permissions: ['integrations.use:erp'] }, '/permissions/0'],
    ['an instance of a resource without any', { permissions: ['jobs.view:1'] }, '/permissions/0'],
    ['a trailing line break', { permissions: ['jobs.view\n'] }, '/permissions/0'],
    ['too many', { permissions: Array.from({ length: 1_001 }, () => 'jobs.view') }, '/permissions'],
  ])('%s is refused', (_, grant, pointer) => {
    const validation = validateGrant(grant, scoped)
    expect(validation.ok).toBe(false)
    if (!validation.ok) expect(validation.errors.map((error) => error.pointer)).toEqual([pointer])
  })

  test('instances are named freely where the configuration says any', () => {
    const any = resolved({
      ...scopedKeys,
      resources: [...resources, { id: 'files', label: 'Files', verbs: ['read'], levels: [], instances: 'any' }],
    })
    expect(validateGrant({ permissions: ['files.read:2026.pdf'] }, any).ok).toBe(true)
    expect(validateGrant({ permissions: ['files.read:'] }, any).ok).toBe(false)
    expect(permissionFault('files.read:a:b', any)).not.toBeNull()
  })

  test('unrestricted is refused where it is absent', () => {
    const absent = resolved({ ...restrictedKeys, grants: { editable: false } })
    expect(validateGrant('unrestricted', absent).ok).toBe(false)
  })

  test('without custom grants only what a preset holds is allowed', () => {
    const fixed = resolved({ ...scopedKeys, grants: { unrestricted: 'offered', custom: false } })
    expect(validateGrant({ permissions: ['jobs.view'] }, fixed).ok).toBe(false)
    expect(validateGrant({ permissions: ['jobs.view', 'integrations.view'] }, fixed).ok).toBe(true)
  })

  test('any value gets an answer', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ permissions: fc.array(fc.string()) })), (grant) => {
        expect(typeof validateGrant(grant, scoped).ok).toBe('boolean')
      }),
    )
  })
})

test('grants are equal when they hold the same', () => {
  expect(equalGrants({ permissions: ['a.b', 'a.b:x'] }, { permissions: ['a.b'] })).toBe(true)
  expect(equalGrants({ permissions: [] }, 'unrestricted')).toBe(false)
})

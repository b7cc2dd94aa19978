import { type Grant, normalizeGrant } from '@keywright/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Resource } from '../../../api/records.ts'
import {
  countOf,
  levelColumns,
  noAccess,
  shownOf,
  toGrant,
  toModel,
  unknownOf,
  verbsOf,
  withAccess,
  withInstances,
  withLevel,
  withVerbs,
} from './grant-model.ts'

const resource = (id: string, levels: Record<string, readonly string[]>, verbs: readonly string[]): Resource => ({
  id,
  label: id,
  description: null,
  group: null,
  verbs,
  levels: Object.entries(levels).map(([level, held]) => ({ id: level, label: level, verbs: held })),
  instances: null,
  managesKeys: false,
})

const calls = resource('calls', { read: ['view'], write: ['view', 'edit'] }, ['view', 'edit'])
const phones = resource('phones', { read: ['view'], write: ['view', 'purchase', 'import'] }, [
  'view',
  'purchase',
  'import',
])
const links: Resource = {
  ...resource('links', { read: ['view'], use: ['view', 'use'], manage: ['view', 'use', 'manage'] }, [
    'view',
    'use',
    'manage',
  ]),
  instances: 'any',
}
const resources = [calls, phones, links]

const permission = fc
  .constantFrom(...resources)
  .chain(({ id, verbs, instances }) =>
    fc
      .tuple(fc.constantFrom(...verbs), fc.option(fc.constantFrom('crm', 'ats', 'x'), { nil: null }))
      .map(([verb, instance]) => `${id}.${verb}${instances === null || instance === null ? '' : `:${instance}`}`),
  )
const grant = fc.uniqueArray(permission, { maxLength: 12 }).map((permissions): Grant => ({ permissions }))

describe('the choice over resources', () => {
  test('holds exactly what the grant held, levels, custom verbs and instances alike', () => {
    fc.assert(
      fc.property(grant, (held) => {
        expect(toGrant(toModel(held, resources), resources)).toEqual(normalizeGrant(held))
      }),
    )
  })

  test('holds exactly what was chosen after a way through a grant', () => {
    fc.assert(
      fc.property(grant, (held) => {
        const model = toModel(normalizeGrant(held), resources)
        expect(toModel(toGrant(model, resources), resources)).toEqual(model)
      }),
    )
  })

  test('leaves out and names what the configuration does not know', () => {
    const old: Grant = { permissions: ['calls.view', 'calls.record', 'gone.view'] }
    expect(toGrant(toModel(old, resources), resources)).toEqual({ permissions: ['calls.view'] })
    expect(unknownOf(old, resources)).toEqual(['calls.record', 'gone.view'])
  })

  test('counts the resources that it reaches', () => {
    expect(countOf(toModel({ permissions: ['calls.view', 'links.use:crm'] }, resources))).toBe(2)
    expect(countOf({})).toBe(0)
  })
})

describe('the cell that is marked', () => {
  const shown = (permissions: readonly string[], of: Resource) =>
    shownOf(toModel({ permissions }, resources)[of.id] ?? noAccess, of)

  test('is the level that the verbs make, else Custom, else that instances differ', () => {
    expect(shown([], calls)).toEqual({ kind: 'none' })
    expect(shown(['calls.view', 'calls.edit'], calls)).toEqual({ kind: 'level', id: 'write' })
    expect(shown(['phones.view', 'phones.import'], phones)).toEqual({ kind: 'custom' })
    expect(shown(['links.view:crm', 'links.use:crm'], links)).toEqual({ kind: 'level', id: 'use' })
    expect(shown(['links.view', 'links.use:crm'], links)).toEqual({ kind: 'mixed' })
  })
})

describe('choosing', () => {
  test('another level stays limited to the same instances', () => {
    const access = toModel({ permissions: ['links.view:crm'] }, resources)['links'] ?? noAccess
    const model = withAccess({}, 'links', withVerbs(access, ['view', 'use']))
    expect(toGrant(model, resources)).toEqual({ permissions: ['links.use:crm', 'links.view:crm'] })
  })

  test('instances limits the verbs that are held, and all of them again lifts it', () => {
    const limited = withInstances({ whole: ['view'], limited: {} }, ['ats', 'crm'])
    expect(verbsOf(limited)).toEqual(['view'])
    expect(withInstances(limited, null)).toEqual({ whole: ['view'], limited: {} })
  })

  test('a level for a whole group passes over resources that lack it', () => {
    const model = withLevel({}, resources, 'manage')
    expect(Object.keys(model)).toEqual(['links'])
    expect(withLevel(withLevel({}, resources, 'read'), resources, null)).toEqual({})
  })

  test('the columns hold each level once, in the order of every resource', () => {
    expect(levelColumns(resources).map(({ id }) => id)).toEqual(['read', 'use', 'manage', 'write'])
    const ladder = resource('ladder', { use: ['use'], write: ['use', 'write'] }, ['use', 'write'])
    const order = levelColumns([calls, ladder]).map(({ id }) => id)
    expect(order.indexOf('read')).toBeLessThan(order.indexOf('write'))
    expect(order.indexOf('use')).toBeLessThan(order.indexOf('write'))
  })
})

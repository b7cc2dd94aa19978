import { describe, expect, test } from 'vitest'
import { configMisfits, describeConfigChange, type UsedByData } from './fit.ts'
import { scopedKeys, typedKeys } from './samples.ts'
import type { KeywrightConfig } from './types.ts'
import { validateConfig } from './validate.ts'

const nothing: UsedByData = {
  types: [],
  environments: [],
  roles: [],
  plans: [],
  permissions: [],
  credentialsEnvironments: [],
  credentialsAudiences: [],
}

function misfits(config: KeywrightConfig, used: Partial<UsedByData>): readonly string[] {
  const validation = validateConfig(config)
  if (!validation.ok) throw new Error(JSON.stringify(validation.errors))
  return configMisfits(validation.config, { ...nothing, ...used })
}

describe('a configuration that fits the stored data', () => {
  test('has no misfits', () => {
    const used: UsedByData = {
      types: [{ id: 'api', prefix: 'job', count: 3 }],
      environments: [
        { id: 'staging', tag: 'stg', count: 2 },
        { id: 'production', count: 1 },
      ],
      roles: [{ id: 'admin', count: 1 }],
      plans: [{ id: 'free', count: 1 }],
      permissions: [{ permission: 'integrations.use:crm', count: 1 }],
      credentialsEnvironments: [{ id: 'staging', count: 1 }],
      credentialsAudiences: [{ id: 'api', count: 1 }],
    }
    expect(misfits(scopedKeys, used)).toEqual([])
    expect(
      misfits(typedKeys, { environments: [{ id: null, count: 9 }], credentialsEnvironments: [{ id: null, count: 1 }] }),
    ).toEqual([])
  })
})

describe('a configuration is refused, with what, how many and the fix, that', () => {
  test.each<[string, Partial<UsedByData>, readonly string[]]>([
    ['lost a type', { types: [{ id: 'old', prefix: 'old', count: 3 }] }, ["'old'", '3 keys', 'types']],
    [
      'changed a prefix',
      { types: [{ id: 'api', prefix: 'jbs', count: 1 }] },
      ["'job'", "'jbs'", '1 key.', 'set it back'],
    ],
    ['lost an environment', { environments: [{ id: 'beta', count: 2 }] }, ["'beta'", '2 keys', 'environments']],
    ['changed a tag', { environments: [{ id: 'staging', tag: 'stage', count: 2 }] }, ["'stg'", "'stage'", '2 keys']],
    ['gave a tag', { environments: [{ id: 'staging', tag: null, count: 2 }] }, ["'stg'", 'no tag']],
    ['gained environments', { environments: [{ id: null, count: 4 }] }, ['without one', '4 keys']],
    ['lost a role', { roles: [{ id: 'owner', count: 1 }] }, ["'owner'", '1 member ', 'roles']],
    ['lost a plan', { plans: [{ id: 'gold', count: 7 }] }, ["'gold'", '7 accounts', 'plans']],
    [
      'lost a resource',
      { permissions: [{ permission: 'ships.sail', count: 5 }] },
      ["'ships.sail'", '5 keys', 'resources'],
    ],
    ['lost a verb', { permissions: [{ permission: 'jobs.archive', count: 1 }] }, ["'jobs.archive'", '1 key']],
    ['lost an instance', { permissions: [{ permission: 'integrations.use:erp', count: 1 }] }, ['integrations.use:erp']],
    [
      'lost a credential environment',
      { credentialsEnvironments: [{ id: 'beta', count: 1 }] },
      ["'beta'", '1 verify credential'],
    ],
    [
      'gained environments under credentials',
      { credentialsEnvironments: [{ id: null, count: 2 }] },
      ['2 verify credentials'],
    ],
    ['lost an audience', { credentialsAudiences: [{ id: 'admin', count: 1 }] }, ["'admin'", 'audiences']],
  ])('%s', (_, used, parts) => {
    const sentences = misfits(scopedKeys, used)
    expect(sentences).toHaveLength(1)
    for (const part of parts) expect(sentences[0]).toContain(part)
    expect(sentences[0]).toMatch(/\.$/)
  })
})

describe('what changed', () => {
  test('is nothing between equal configurations', () => {
    expect(describeConfigChange(scopedKeys, structuredClone(scopedKeys))).toEqual([])
  })

  test('of the first configuration is every part', () => {
    expect(describeConfigChange(null, { product: { name: 'P' }, types: [] })).toEqual(['product added', 'types added'])
  })

  test('is named by path, without values', () => {
    const [free, scale] = scopedKeys.plans ?? []
    if (free === undefined || scale === undefined) throw new Error('the sample has two plans')
    const { tips: _, ...rest } = scopedKeys
    const after: KeywrightConfig = {
      ...rest,
      product: { name: 'Confidential' },
      types: [...scopedKeys.types, { id: 'extra', prefix: 'ext', label: 'Extra', audiences: ['api'] }],
      environments: (scopedKeys.environments ?? []).slice(0, 2).toReversed(),
      plans: [
        { ...free, limits: [] },
        { ...scale, label: 'Confidential' },
      ],
      defaultType: 'api',
    }
    const lines = describeConfigChange(scopedKeys, after)
    expect([...lines].sort()).toEqual([
      'defaultType added',
      'environments reordered',
      'environments[2] removed',
      'plans.free.limits changed',
      'plans.scale.label changed',
      'product.links removed',
      'product.name changed',
      'tips removed',
      'types[1] added',
    ])
    expect(lines.join()).not.toContain('Confidential')
  })

  test('is at most two hundred lines, the last of which counts the rest', () => {
    const types = Array.from({ length: 300 }, (_, index) => ({
      id: `t${index}`,
      prefix: `p${index}`,
      label: 'T',
      audiences: ['api'],
    }))
    const lines = describeConfigChange({ product: { name: 'P' }, types: [] }, { product: { name: 'P' }, types })
    expect(lines).toHaveLength(200)
    expect(lines[199]).toBe('and 101 more')
  })
})

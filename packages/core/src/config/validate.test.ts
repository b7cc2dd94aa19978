import { describe, expect, test } from 'vitest'
import { recordedKeys, scopedKeys, shapes, typedKeys } from './samples.ts'
import { type ConfigError, formatConfigError, validateConfig } from './validate.ts'

type Step = string | number

/** A deep copy with one place set (or, with `undefined`, removed). */
function having(config: unknown, path: readonly Step[], value: unknown): unknown {
  const copy: unknown = structuredClone(config)
  let at = copy as Record<Step, unknown>
  for (const step of path.slice(0, -1)) {
    at[step] ??= {}
    at = at[step] as Record<Step, unknown>
  }
  const last = path[path.length - 1] as Step
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

function errorsOf(config: unknown): readonly ConfigError[] {
  const validation = validateConfig(config)
  return validation.ok ? [] : validation.errors
}

test.each(Object.entries(shapes))('%s can be said', (_, config) => {
  expect(errorsOf(config)).toEqual([])
})

test('the least that a configuration can say is enough', () => {
  expect(
    errorsOf({ product: { name: 'P' }, types: [{ id: 'key', prefix: 'p', label: 'K', audiences: ['api'] }] }),
  ).toEqual([])
})

const type = (more: object) => ({ id: 'other', prefix: 'other', label: 'Other', audiences: ['api'], ...more })
const role = { id: 'r', label: 'R', may: ['view'] }
const limit = { name: 'requests', limit: 60, windowSeconds: 60 }

/** Where something bad is put, what, and where the error must point if elsewhere. */
const bad: readonly (readonly [name: string, path: readonly Step[], value: unknown, at?: string])[] = [
  ['unknown field', ['typs'], []],
  ['unknown nested field', ['words', 'menus'], ['x']],
  ['product missing', ['product'], undefined],
  ['product not an object', ['product'], 'P'],
  ['name missing', ['product', 'name'], undefined],
  ['name empty', ['product', 'name'], ' '],
  ['name not a text', ['product', 'name'], 7],
  ['name too long', ['product', 'name'], 'x'.repeat(201)],
  ['text without the default language', ['product', 'name'], { fr: 'P' }],
  ['text in a language that is not named', ['product', 'name'], { en: 'P', de: 'P' }, 'product.name.de'],
  ['text in no language', ['product', 'name'], { en: 'P', english: 'P' }, 'product.name.english'],
  ['empty text of a language', ['product', 'name'], { en: '' }, 'product.name.en'],
  ['no languages', ['product', 'languages'], []],
  ['implausible language', ['product', 'languages'], ['en', 'e'], 'product.languages[1]'],
  ['language twice', ['product', 'languages'], ['en', 'EN'], 'product.languages[1]'],
  ['link that is no address', ['product', 'links'], { support: 'javascript:alert(1)' }, 'product.links.support'],
  ['link with a user name', ['product', 'links'], { support: 'https://a:b@example.com/' }, 'product.links.support'],
  ['unknown link', ['product', 'links', 'blog'], 'https://example.com'],
  ['noun without many', ['words', 'account'], { one: 'team' }, 'words.account.many'],
  ['empty menu', ['words', 'menu'], []],
  ['menu place', ['words', 'menuPlace'], 'left'],
  ['presence', ['fields', 'name'], { presence: 'maybe' }, 'fields.name.presence'],
  ['presence missing', ['fields', 'description'], { label: 'D' }, 'fields.description.presence'],
  [
    'advice on a field without it',
    ['fields', 'description'],
    { presence: 'optional', advice: {} },
    'fields.description.advice',
  ],
  [
    'advice without vague names',
    ['fields', 'name'],
    { presence: 'required', advice: { vague: [], text: 'T' } },
    'fields.name.advice.vague',
  ],
  ['types missing', ['types'], undefined],
  ['no types', ['types'], []],
  ['types not a list', ['types'], {}],
  ['type id', ['types', 0, 'id'], 'Api'],
  ['same type twice', ['types', 1], type({ id: 'api' }), 'types[1].id'],
  ['prefix in capitals', ['types', 0, 'prefix'], 'Job'],
  ['prefix with two underscores', ['types', 0, 'prefix'], 'sk__live'],
  ['prefix that begins with a digit', ['types', 0, 'prefix'], '1sk'],
  ['prefix that ends with an underscore', ['types', 0, 'prefix'], 'sk_'],
  ['prefix with a line break', ['types', 0, 'prefix'], 'sk\n'],
  ['prefix too long', ['types', 0, 'prefix'], 'a'.repeat(33)],
  ['reserved prefix of operators', ['types', 0, 'prefix'], 'kwo'],
  ['reserved prefix of verify credentials', ['types', 0, 'prefix'], 'kwv_x'],
  ['same prefix', ['types', 1], type({ prefix: 'job' }), 'types[1].prefix'],
  ['prefix of a prefix', ['types', 1], type({ prefix: 'job_live' }), 'types[1].prefix'],
  ['prefix and tag of another type', ['types', 1], type({ prefix: 'job_dev' }), 'types[1].prefix'],
  ['no audiences', ['types', 0, 'audiences'], []],
  ['audience twice', ['types', 0, 'audiences'], ['api', 'api'], 'types[0].audiences[1]'],
  ['audience shape', ['types', 0, 'audiences'], ['a b'], 'types[0].audiences[0]'],
  ['example without a key', ['types', 0, 'example'], 'curl https://example.com'],
  ['fixed grant of an unknown resource', ['types', 0, 'fixedGrant'], { job: 'read' }, 'types[0].fixedGrant.job'],
  ['fixed grant that is no grant', ['types', 0, 'fixedGrant'], 'all'],
  ['unknown default type', ['defaultType'], 'apy'],
  ['environments not a list', ['environments'], 'none'],
  ['environment without label', ['environments', 0, 'label'], undefined],
  ['same environment twice', ['environments', 1, 'id'], 'development'],
  ['tag shape', ['environments', 0, 'tag'], 'dev_1'],
  ['tag too long', ['environments', 0, 'tag'], 'd'.repeat(17)],
  ['same tag twice', ['environments', 1, 'tag'], 'dev'],
  ['base URL', ['environments', 0, 'baseUrl'], 'ftp://example.com'],
  ['unknown default environment', ['defaultEnvironment'], 'prod'],
  ['same group twice', ['groups', 1], { id: 'main', label: 'M' }, 'groups[1].id'],
  ['resource id', ['resources', 0, 'id'], 'jobs.'],
  ['resource id of five segments', ['resources', 0, 'id'], 'a.b.c.d.e'],
  ['same resource twice', ['resources', 1, 'id'], 'jobs'],
  ['unknown group', ['resources', 0, 'group'], 'mian'],
  ['no verbs', ['resources', 2, 'verbs'], []],
  ['verb twice', ['resources', 2, 'verbs'], ['manage', 'manage'], 'resources[2].verbs[1]'],
  ['verb shape', ['resources', 2, 'verbs'], ['a.b'], 'resources[2].verbs[0]'],
  ['levels missing', ['resources', 0, 'levels'], undefined],
  ['level id that is reserved', ['resources', 0, 'levels', 0, 'id'], 'none'],
  ['same level twice', ['resources', 0, 'levels', 1, 'id'], 'read'],
  ['level without verbs', ['resources', 0, 'levels', 0, 'verbs'], []],
  ['level with an unknown verb', ['resources', 0, 'levels', 1, 'verbs'], ['view', 'creat']],
  ['level that does not contain the one before', ['resources', 0, 'levels', 1, 'verbs'], ['create', 'delete']],
  ['level that adds nothing', ['resources', 0, 'levels', 1, 'verbs'], ['view']],
  ['instances of another kind', ['resources', 0, 'instances'], 'all'],
  ['no instances', ['resources', 0, 'instances'], []],
  ['instance id', ['resources', 1, 'instances', 0, 'id'], 'a:b'],
  ['same instance twice', ['resources', 1, 'instances', 1, 'id'], 'crm'],
  ['resource id too long', ['resources', 1, 'id'], 'a.'.repeat(3) + 'b'.repeat(178)],
  ['manages something else', ['resources', 2, 'manages'], 'members'],
  ['managing verb that is no key action', ['resources', 2, 'manages'], 'keys', 'resources[2].verbs'],
  ['preset id that is reserved', ['presets', 0, 'id'], 'unrestricted'],
  ['same preset twice', ['presets', 1, 'id'], 'read-only'],
  ['preset of an unknown level', ['presets', 0, 'grant', 'jobs'], 'raed'],
  ['preset without verbs', ['presets', 0, 'grant', 'jobs'], { verbs: [] }, 'presets[0].grant.jobs.verbs'],
  ['preset with an unknown verb', ['presets', 0, 'grant', 'jobs'], { verbs: ['see'] }, 'presets[0].grant.jobs.verbs'],
  ['preset with an unknown instance', ['presets', 1, 'grant', 'integrations', 'instances'], ['erp']],
  ['preset with no instance', ['presets', 1, 'grant', 'integrations', 'instances'], []],
  [
    'instances of a resource without any',
    ['presets', 1, 'grant', 'jobs'],
    { verbs: ['view'], instances: ['x'] },
    'presets[1].grant.jobs.instances',
  ],
  ['unrestricted preset where keys cannot be', ['grants', 'unrestricted'], 'absent', 'presets[2].grant'],
  ['whether unrestricted', ['grants', 'unrestricted'], true],
  ['custom not true or false', ['grants', 'custom'], 'yes'],
  ['unknown default grant', ['grants', 'default'], 'readonly'],
  ['no roles', ['roles'], []],
  ['same role twice', ['roles'], [role, role], 'roles[1].id'],
  ['role with an unknown action', ['roles'], [{ ...role, may: ['read'] }], 'roles[0].may[0]'],
  ['lasting role that does not exist', ['lastingRole'], 'owner'],
  ['unknown action', ['actions', 'disable'], { label: 'D', confirm: 'none' }],
  ['confirmation', ['actions', 'revoke', 'confirm'], 'typed'],
  ['pause that cannot be undone', ['actions', 'pause'], { label: 'P', confirm: 'none' }],
  ['negative expiry choice', ['expiry'], { choicesDays: [-1, null] }, 'expiry.choicesDays[0]'],
  ['expiry choice of half a day more', ['expiry'], { choicesDays: [30.5, null] }, 'expiry.choicesDays[0]'],
  ['expiry choice twice', ['expiry'], { choicesDays: [null, null] }, 'expiry.choicesDays[1]'],
  ['expiry default that is no choice', ['expiry'], { choicesDays: [30, null], defaultDays: 31 }, 'expiry.defaultDays'],
  ['implied default that is no choice', ['expiry'], { choicesDays: [30] }, 'expiry.defaultDays'],
  ['never, and a longest life', ['expiry'], { choicesDays: [null], maxDays: 90 }, 'expiry.choicesDays[0]'],
  [
    'choice beyond the longest life',
    ['expiry'],
    { choicesDays: [30, 91], defaultDays: 30, maxDays: 90 },
    'expiry.choicesDays[1]',
  ],
  ['implied never, and a longest life', ['expiry'], { maxDays: 90 }, 'expiry.defaultDays'],
  ['rotation age', ['rotation', 'dueAfterDays'], 0],
  ['negative overlap', ['rotation', 'overlapsSeconds'], [-1], 'rotation.overlapsSeconds[0]'],
  ['overlap default that is not offered', ['rotation', 'defaultOverlapSeconds'], 5],
  ['cap of none', ['caps', 'activeKeysPerAccount'], 0],
  ['no plans', ['plans'], []],
  ['same plan twice', ['plans', 1, 'id'], 'free'],
  ['unknown default plan', ['defaultPlan'], 'fre'],
  ['limit of zero', ['plans', 0, 'limits', 0, 'limit'], 0],
  ['limit as a text', ['plans', 0, 'limits', 0, 'limit'], '60'],
  ['limit without end', ['plans', 0, 'limits', 0, 'limit'], Number.POSITIVE_INFINITY],
  ['window of zero', ['plans', 0, 'limits', 0, 'windowSeconds'], 0],
  ['window over 31 days', ['plans', 0, 'limits', 0, 'windowSeconds'], 31 * 86_400 + 1],
  ['burst of zero', ['plans', 0, 'limits', 0, 'burst'], 0],
  ['burst over the limit', ['plans', 0, 'limits', 0, 'burst'], 61],
  ['same limit twice', ['plans', 0, 'limits'], [limit, limit], 'plans[0].limits[1].name'],
  ['same name for own and shared limit', ['plans', 0, 'accountLimits'], [limit], 'plans[0].accountLimits[0].name'],
  ['quota period', ['plans', 0, 'quota', 'period'], 'week'],
  ['quota without period', ['plans', 0, 'quota', 'period'], undefined],
  ['active keys of a plan', ['plans', 0, 'activeKeysMax'], -1],
  ['mask kind', ['display', 'mask'], { kind: 'middle', characters: 4 }, 'display.mask.kind'],
  ['mask without characters', ['display', 'mask'], { kind: 'last', characters: 0 }, 'display.mask.characters'],
  ['mask that shows too much', ['display', 'mask'], { kind: 'last', characters: 9 }, 'display.mask.characters'],
  ['unknown column', ['display', 'columns'], ['nmae'], 'display.columns[0]'],
  ['column twice', ['display', 'columns'], ['name', 'name'], 'display.columns[1]'],
  ['no listed states', ['display', 'listedStates'], []],
  ['unknown state', ['display', 'listedStates'], ['deleted'], 'display.listedStates[0]'],
  ['label of an unknown state', ['display', 'stateLabels'], { deleted: 'D' }, 'display.stateLabels.deleted'],
  ['no accepted headers', ['acceptedHeaders'], []],
  ['unknown header', ['acceptedHeaders'], ['x-api-token'], 'acceptedHeaders[0]'],
  ['header twice', ['acceptedHeaders'], ['x-api-key', 'x-api-key'], 'acceptedHeaders[1]'],
  ['unknown problem', ['problems', 'invalid_key'], { title: 'T' }],
  ['problem named like a method', ['problems', 'constructor'], { title: 'T' }],
  ['problem without title', ['problems', 'rate_limited'], { check: [] }, 'problems.rate_limited.title'],
  ['empty tip', ['tips'], [''], 'tips[0]'],
  ['same section twice', ['help', 1], { id: 'errors', title: 'E' }, 'help[1].id'],
  ['help link', ['help', 0, 'links', 0, 'href'], '//example.com'],
  ['days of activity', ['activity'], { keepDays: 0 }, 'activity.keepDays'],
  ['whole addresses', ['activity'], { wholeAddresses: 1 }, 'activity.wholeAddresses'],
]

const written = (path: readonly Step[]): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1)

describe('a configuration is refused that has', () => {
  for (const [name, path, value, at] of bad) {
    test(name, () => {
      const errors = errorsOf(having(scopedKeys, path, value))
      expect(errors.map((error) => error.path)).toContain(at ?? written(path))
      for (const error of errors) {
        expect(error.value).not.toBe('')
        expect(error.message).not.toBe('')
        expect(error.fix).toMatch(/[.…?]$/)
      }
    })
  }

  test('a default that is unrestricted where no key may be', () => {
    expect(errorsOf({ ...typedKeys, grants: { default: 'unrestricted' } }).map(({ path }) => path)).toEqual([
      'grants.default',
    ])
  })

  test('resources but no way to choose a grant', () => {
    const { presets: _, ...without } = scopedKeys
    const errors = errorsOf({ ...without, grants: { custom: false } })
    expect(errors.map(({ path }) => path)).toEqual(['types[0]'])
  })

  test('permissions longer than 255 characters', () => {
    const id = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(50)}`
    const instances = (length: number) => [{ id: 'i'.repeat(length), label: 'I' }]
    const resource = { id, label: 'R', verbs: ['view'], levels: [] }
    expect(errorsOf({ ...typedKeys, resources: [{ ...resource, instances: instances(77) }] })).toEqual([])
    const errors = errorsOf({ ...typedKeys, resources: [{ ...resource, instances: instances(78) }] })
    expect(errors.map(({ path }) => path)).toEqual(['resources[0].id'])
  })

  test('two resources that manage keys', () => {
    const managing = (id: string) => ({ id, label: id, verbs: ['view'], levels: [], manages: 'keys' })
    const errors = errorsOf({ ...typedKeys, resources: [managing('a'), managing('b')] })
    expect(errors.map(({ path }) => path)).toEqual(['resources[1].manages'])
  })

  test('confirmation by a name, or a column of names, where keys have none', () => {
    const config = {
      ...recordedKeys,
      fields: { name: { presence: 'absent' } },
      actions: { revoke: { label: 'Revoke', confirm: 'type-name' } },
    }
    expect(errorsOf(config).map(({ path }) => path)).toEqual(['actions.revoke.confirm', 'display.columns[0]'])
  })

  test('a column of environments where there are none', () => {
    const errors = errorsOf({ ...typedKeys, display: { columns: ['environment'] } })
    expect(errors.map(({ path }) => path)).toEqual(['display.columns[0]'])
  })

  test('a grant of more than a thousand permissions', () => {
    const verbs = Array.from({ length: 100 }, (_, index) => `v${index}`)
    const resources = Array.from({ length: 11 }, (_, index) => ({ id: `r${index}`, label: 'R', verbs, levels: [] }))
    const grant = Object.fromEntries(resources.map(({ id }) => [id, { verbs }]))
    const errors = errorsOf({ ...typedKeys, resources, presets: [{ id: 'all', label: 'All', grant }] })
    expect(errors.map(({ path }) => path)).toEqual(['presets[0].grant'])
  })
})

test('all errors are reported at once, each with its path', () => {
  const errors = errorsOf({ ...typedKeys, product: {}, typs: 1, defaultPlan: 'gold', tips: [''] })
  expect(errors.map(({ path }) => path)).toEqual(['typs', 'product.name', 'tips[0]', 'defaultPlan'])
})

test('at most a hundred errors are reported', () => {
  expect(
    errorsOf({
      ...typedKeys,
      tips: Array.from({ length: 100 }, () => ''),
      help: Array.from({ length: 90 }, () => ({})),
    }),
  ).toHaveLength(100)
})

test('an error names the path, what stands there and how to mend it', () => {
  const [error] = errorsOf({ ...typedKeys, acceptedHeadres: ['authorization'] })
  expect(formatConfigError(error as ConfigError)).toBe(
    "acceptedHeadres is not a known field (found: a list of 1).\n  To mend it: Did you mean 'acceptedHeaders'? Otherwise: Remove it.",
  )
  expect(formatConfigError(errorsOf(null)[0] as ConfigError)).toContain(
    'The configuration must be an object (found: null)',
  )
})

test('what an error shows is short and cannot steer a terminal', () => {
  const hostile = `\u001b[2J\u009b\u202e${'x'.repeat(10_000)}`
  const [error] = errorsOf({ ...typedKeys, defaultPlan: hostile }) as [ConfigError]
  expect(error.value.length).toBeLessThan(120)
  expect(error.value).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
  const [unknown] = errorsOf({ ...typedKeys, [hostile]: 1 }) as [ConfigError]
  expect(unknown.path.length).toBeLessThan(120)
  expect(unknown.path).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
})

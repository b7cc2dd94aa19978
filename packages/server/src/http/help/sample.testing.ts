import { type KeywrightConfig, type ResolvedConfig, validateConfig } from '@keywright/core'

/** A configuration that has something of everything that the page speaks of. */
export const fullSource: KeywrightConfig = {
  product: {
    name: { en: 'Parcels', fr: 'Colis' },
    languages: ['en', 'fr'],
    links: {
      support: 'https://parcels.example/support',
      reference: 'https://parcels.example/reference',
      team: 'https://parcels.example/team',
      errors: 'https://parcels.example/errors',
      dashboard: 'https://parcels.example/dashboard',
    },
  },
  words: {
    account: { one: 'workspace', many: 'workspaces' },
    key: { one: 'access key', many: 'access keys' },
    environment: { one: 'stage', many: 'stages' },
    type: { one: 'kind', many: 'kinds' },
    member: { one: 'colleague', many: 'colleagues' },
    menu: ['Tools', 'Keys'],
    menuPlace: 'side',
    create: 'New key',
    done: 'Close',
  },
  fields: {
    name: {
      presence: 'required',
      label: 'Title',
      hint: 'The hint of the name.',
      advice: { vague: ['foo'], text: 'The advice on names.', examples: ['Warehouse sync'] },
    },
    description: { presence: 'optional', label: 'Notes', hint: 'The hint of the notes.' },
  },
  types: [
    {
      id: 'track',
      prefix: 'trk',
      label: 'Tracking',
      description: 'Follows parcels.',
      audiences: ['tracking'],
      example: 'curl https://parcels.example/track -H "Authorization: Bearer YOUR_API_KEY"',
    },
    { id: 'ship', prefix: 'shp', label: 'Shipping', audiences: ['shipping'], fixedGrant: { parcels: 'read' } },
  ],
  defaultType: 'track',
  environments: [
    { id: 'trial', tag: 'tri', label: 'Trial', description: 'To try.', baseUrl: 'https://trial.parcels.example' },
    { id: 'live', tag: 'liv', label: 'Live' },
  ],
  defaultEnvironment: 'trial',
  groups: [{ id: 'goods', label: 'Goods' }],
  resources: [
    {
      id: 'parcels',
      label: 'Parcels sent',
      description: 'What is on its way.',
      group: 'goods',
      verbs: ['view', 'send', 'recall'],
      levels: [
        { id: 'read', label: 'Look', verbs: ['view'] },
        { id: 'write', label: 'Act', verbs: ['view', 'send'] },
      ],
      instances: [{ id: 'north', label: 'Depot North' }],
    },
    { id: 'keys', label: 'Keys', verbs: ['view', 'create'], levels: [], manages: 'keys' },
  ],
  presets: [
    { id: 'looker', label: 'Looker', description: 'Only looks.', grant: { parcels: 'read' } },
    { id: 'everything', label: 'Everything', grant: 'unrestricted' },
  ],
  grants: {
    unrestricted: 'discouraged',
    custom: true,
    editable: false,
    default: 'looker',
    advice: 'Why not everything.',
    notEditable: 'Make another key instead.',
  },
  roles: [
    {
      id: 'chief',
      label: 'Chief',
      description: 'Leads.',
      may: ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'],
      managesMembers: true,
    },
    { id: 'clerk', label: 'Clerk', may: [] },
  ],
  lastingRole: 'chief',
  actions: {
    pause: { label: 'Suspend', confirm: 'none', warning: 'It sleeps.' },
    reactivate: { label: 'Wake', confirm: 'none', warning: 'It works again.' },
    revoke: { label: 'Withdraw', confirm: 'dialog', warning: 'It is over.' },
    rotate: { label: 'Exchange', confirm: 'dialog', warning: 'You get another.' },
    delete: { label: 'Erase', confirm: 'type-name', warning: 'It is gone.' },
  },
  expiry: { choicesDays: [30, 60], defaultDays: 30, maxDays: 400 },
  rotation: { dueAfterDays: 45, overlapsSeconds: [0, 7_200], defaultOverlapSeconds: 7_200 },
  caps: { activeKeysPerAccount: 12 },
  plans: [
    {
      id: 'small',
      label: 'Small',
      limits: [{ name: 'requests', limit: 1_500, windowSeconds: 60, burst: 20 }],
      accountLimits: [{ name: 'all', limit: 9_000, windowSeconds: 300 }],
      quota: { limit: 70_000, period: 'month' },
    },
    { id: 'large', label: 'Large', activeKeysMax: null },
  ],
  defaultPlan: 'small',
  display: {
    mask: { kind: 'last', characters: 4 },
    columns: [
      'name',
      'id',
      'preview',
      'type',
      'environment',
      'permissions',
      'owner',
      'created',
      'lastUsed',
      'expires',
      'state',
    ],
    listedStates: ['active', 'revoked'],
    stateLabels: { active: 'Awake', paused: 'Asleep', revoked: 'Withdrawn', expired: 'Past' },
  },
  acceptedHeaders: ['authorization'],
  problems: {
    invalid_token: { title: 'Not a key of ours', detail: 'The detail of it.', check: ['The first check.'] },
    exceeds_creator: { title: 'More than its maker' },
  },
  tips: ['The one tip.'],
  help: [
    {
      id: 'own',
      title: 'A section of our own',
      body: 'Its first paragraph.\n\nIts second paragraph.',
      items: ['Its item.'],
      links: [{ label: 'Its link', href: 'https://parcels.example/own' }],
    },
  ],
  activity: { keepDays: 9, perKeyMax: 250, wholeAddresses: true },
}

/** A configuration in force; a wrong one throws with what is wrong. */
export function resolved(source: KeywrightConfig): ResolvedConfig {
  const validation = validateConfig(source)
  if (!validation.ok) throw new Error(JSON.stringify(validation.errors, null, 2))
  return validation.config
}

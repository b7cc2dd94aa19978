import { defineConfig, type KeywrightConfig, type ResourceConfig } from './types.ts'

/** Configurations of five different shapes, which tests share: each can be said, none resembles the others. */

/** Two types of keys, each of which reaches one API and holds all of it; there is nothing to choose but the type. */
export const typedKeys: KeywrightConfig = defineConfig({
  product: { name: 'Chat', links: { reference: 'https://docs.example.com/api' } },
  words: { menu: ['API Keys'], menuPlace: 'top', create: 'Create Key' },
  fields: { name: { presence: 'optional', label: 'Label' }, description: { presence: 'absent' } },
  types: [
    { id: 'customer', prefix: 'cus', label: 'Customer', audiences: ['customer-chat'], fixedGrant: 'unrestricted' },
    {
      id: 'management',
      prefix: 'mgt',
      label: 'Management',
      audiences: ['management-chat'],
      fixedGrant: 'unrestricted',
    },
  ],
  roles: [
    { id: 'admin', label: 'Admin', may: ['view', 'create', 'revoke'], managesMembers: true },
    { id: 'manager', label: 'Manager', may: ['view', 'create', 'revoke'] },
    { id: 'agent', label: 'Agent', may: [] },
  ],
  lastingRole: 'admin',
  actions: { revoke: { label: 'Revoke', confirm: 'dialog' } },
  display: { mask: { kind: 'last', characters: 4 }, columns: ['preview', 'name', 'created'], listedStates: ['active'] },
})

/** Presets and custom scopes over resources, named instances, three tagged environments, a cap, plans with limits. */
export const scopedKeys: KeywrightConfig = defineConfig({
  product: { name: 'Jobs', links: { support: 'https://example.com/support', errors: 'https://example.com/errors' } },
  words: { menu: ['Developers', 'API Keys'], create: 'Create New API Key' },
  types: [
    {
      id: 'api',
      prefix: 'job',
      label: 'API key',
      audiences: ['api'],
      example: 'curl -H "Authorization: Bearer YOUR_API_KEY" https://api.example.com/v1/jobs',
    },
  ],
  environments: [
    { id: 'development', tag: 'dev', label: 'Development' },
    { id: 'staging', tag: 'stg', label: 'Staging' },
    { id: 'production', tag: 'prod', label: 'Production', baseUrl: 'https://api.example.com:8443/v1' },
  ],
  groups: [{ id: 'main', label: 'Main' }],
  resources: [
    {
      id: 'jobs',
      label: 'Jobs',
      group: 'main',
      verbs: ['view', 'create', 'delete'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['view'] },
        { id: 'write', label: 'Write', verbs: ['view', 'create', 'delete'] },
      ],
    },
    {
      id: 'integrations',
      label: 'Integrations',
      verbs: ['view', 'use', 'manage'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['view'] },
        { id: 'use', label: 'Use', verbs: ['view', 'use'] },
      ],
      instances: [
        { id: 'crm', label: 'CRM' },
        { id: 'ats', label: 'ATS' },
      ],
    },
    { id: 'administration', label: 'Administration', verbs: ['manage'], levels: [] },
  ],
  presets: [
    { id: 'read-only', label: 'Read Only', grant: { jobs: 'read', integrations: 'read' } },
    { id: 'crm-only', label: 'CRM', grant: { jobs: 'read', integrations: { verbs: ['use'], instances: ['crm'] } } },
    { id: 'full-access', label: 'Full Access', grant: 'unrestricted' },
  ],
  grants: { unrestricted: 'offered', default: 'read-only' },
  actions: { revoke: { label: 'Revoke', confirm: 'dialog' }, rotate: { label: 'Rotate', confirm: 'dialog' } },
  expiry: { choicesDays: [null], defaultDays: null },
  rotation: { dueAfterDays: 90, overlapsSeconds: [0, 3_600], defaultOverlapSeconds: 3_600 },
  caps: { activeKeysPerAccount: 50 },
  plans: [
    {
      id: 'free',
      label: 'Free',
      limits: [{ name: 'requests', limit: 60, windowSeconds: 60, burst: 10 }],
      accountLimits: [{ name: 'account', limit: 1_000, windowSeconds: 3_600 }],
      quota: { limit: 10_000, period: 'month' },
    },
    { id: 'scale', label: 'Scale', limits: [{ name: 'requests', limit: 600, windowSeconds: 60 }], activeKeysMax: null },
  ],
  defaultPlan: 'free',
  problems: { invalid_token: { title: 'Invalid API Key', check: ['Is it copied whole?'] } },
  tips: ['Use environment variables.'],
  help: [{ id: 'errors', title: 'Errors', links: [{ label: 'Errors', href: 'https://example.com/errors' }] }],
})

/** Two environments under another word; what is called "Revoke" is a pause, deletion is for good; no cap. */
export const pausingKeys: KeywrightConfig = defineConfig({
  product: { name: 'Agents' },
  words: {
    account: { one: 'organization', many: 'organizations' },
    environment: { one: 'Stage', many: 'Stages' },
    menu: ['Settings', 'API Keys'],
    create: 'Create API Key',
    done: 'Done',
  },
  fields: { name: { presence: 'required' }, description: { presence: 'optional' } },
  types: [{ id: 'key', prefix: 'agt', label: 'API Key', audiences: ['api'] }],
  environments: [
    { id: 'preview', tag: 'pre', label: 'Preview' },
    { id: 'production', tag: 'prod', label: 'Production' },
  ],
  defaultEnvironment: 'preview',
  actions: {
    pause: { label: 'Revoke', confirm: 'dialog', warning: 'The key can be reactivated later.' },
    reactivate: { label: 'Reactivate', confirm: 'none' },
    delete: { label: 'Delete', confirm: 'type-name' },
  },
  expiry: { choicesDays: [null, 30, 90], defaultDays: null },
  caps: { activeKeysPerAccount: null },
  display: { columns: ['name', 'environment', 'created'], stateLabels: { paused: 'Revoked' } },
})

const restrictable = (id: string, label: string, group: string, more: readonly string[] = []): ResourceConfig => ({
  id,
  label,
  group,
  verbs: ['view', 'edit', ...more],
  levels: [
    { id: 'read', label: 'Read', verbs: ['view'] },
    { id: 'write', label: 'Write', verbs: ['view', 'edit', ...more] },
  ],
})

/** Unrestricted (advised against) or a level per resource; one resource manages keys; only deletion; grants are final. */
export const restrictedKeys: KeywrightConfig = defineConfig({
  product: { name: 'Voice', links: { team: 'https://example.com/team' } },
  words: { account: { one: 'project', many: 'projects' } },
  types: [{ id: 'key', prefix: 'vce', label: 'API Key', audiences: ['api'] }],
  groups: [
    { id: 'communication', label: 'Communication' },
    { id: 'administration', label: 'Administration' },
  ],
  resources: [
    restrictable('calls', 'Calls', 'communication'),
    restrictable('messages', 'Messages', 'communication'),
    restrictable('phones', 'Phones', 'administration', ['purchase', 'import']),
    {
      id: 'api-keys',
      label: 'API Keys',
      group: 'administration',
      manages: 'keys',
      verbs: ['view', 'create', 'delete'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['view'] },
        { id: 'write', label: 'Write', verbs: ['view', 'create', 'delete'] },
      ],
    },
  ],
  grants: {
    unrestricted: 'discouraged',
    editable: false,
    default: 'unrestricted',
    advice: 'Avoid unrestricted keys.',
    notEditable: 'Delete the key and create a new one.',
  },
  roles: [
    {
      id: 'administrator',
      label: 'Administrator',
      may: ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'],
      managesMembers: true,
    },
    { id: 'member', label: 'Member', may: [] },
    { id: 'reader', label: 'Reader', may: [] },
  ],
  lastingRole: 'administrator',
  actions: { delete: { label: 'Delete', confirm: 'dialog' } },
  display: { columns: ['name', 'id', 'preview', 'created', 'permissions'] },
})

/** One kind of key with a fixed set of permissions, in its own header, listed also when revoked, in two languages. */
export const recordedKeys: KeywrightConfig = defineConfig({
  product: { name: 'Dealer', languages: ['en', 'fr'], links: { dashboard: 'https://example.com/dashboard' } },
  words: { menu: [{ en: 'API Keys', fr: 'Clés API' }], menuPlace: 'side' },
  fields: {
    name: {
      presence: 'required',
      advice: {
        vague: ['key', 'api key', 'test'],
        text: { en: 'Say what it is for.', fr: 'Dites à quoi elle sert.' },
        examples: ['Inventory Integration'],
      },
    },
    description: { presence: 'absent' },
  },
  types: [
    {
      id: 'key',
      prefix: 'dl',
      label: { en: 'API key', fr: 'Clé API' },
      audiences: ['api'],
      fixedGrant: { inventory: 'write', leads: 'read', chatbot: { verbs: ['view'] } },
      example: { en: 'curl -H "X-API-Key: YOUR_API_KEY" https://app.example.com/api/inventory' },
    },
  ],
  resources: [
    restrictable('inventory', 'Inventory', 'data'),
    restrictable('leads', 'Leads', 'data'),
    restrictable('chatbot', 'Chatbot', 'data'),
  ],
  groups: [{ id: 'data', label: { en: 'Data', fr: 'Données' } }],
  actions: { revoke: { label: { en: 'Revoke', fr: 'Révoquer' }, confirm: 'dialog' } },
  display: {
    mask: { kind: 'first', characters: 4 },
    columns: ['name', 'preview', 'created', 'lastUsed', 'state'],
    listedStates: ['active', 'revoked'],
    stateLabels: { active: { en: 'Active', fr: 'Active' } },
  },
  acceptedHeaders: ['x-api-key'],
  problems: {
    invalid_token: { title: { en: 'Unauthorized', fr: 'Non autorisé' }, check: ['Is the header named X-API-Key?'] },
  },
  activity: { keepDays: 30, perKeyMax: 500, wholeAddresses: true },
})

/** All five, by shape. */
export const shapes: Readonly<Record<string, KeywrightConfig>> = {
  'typed keys': typedKeys,
  'scoped keys': scopedKeys,
  'pausing keys': pausingKeys,
  'restricted keys': restrictedKeys,
  'recorded keys': recordedKeys,
}

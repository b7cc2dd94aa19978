import { defineConfig } from 'keywright'
import { config as roles } from './roles.config.ts'

/** Where this file is, for the servers that are started with it. */
export const richConfigFile = import.meta.filename

/** All that the console can show: two types, groups, levels that some resources lack, instances, plans with limits, every column. */
export const config = defineConfig({
  ...roles,
  product: { name: 'Rich', languages: ['en', 'fr'], links: { support: 'https://example.com/support' } },
  fields: {
    name: {
      presence: 'required',
      hint: 'What uses the key, and where.',
      advice: { vague: ['test', 'key'], text: 'Name it after what uses it.', examples: ['Billing service'] },
    },
    description: { presence: 'optional' },
  },
  types: [
    {
      id: 'api',
      prefix: 'ric',
      label: 'API key',
      description: 'For programs that call the API.',
      audiences: ['api'],
      example: 'curl "https://api.example.com/v1/jobs" \\\n  -H "Authorization: Bearer YOUR_API_KEY"',
    },
    {
      id: 'embed',
      prefix: 'emb',
      label: 'Embed key',
      description: 'For the widget on your own pages.',
      audiences: ['embed'],
      fixedGrant: { jobs: 'read' },
    },
  ],
  defaultType: 'api',
  groups: [
    { id: 'work', label: 'Work' },
    { id: 'places', label: 'Places' },
  ],
  resources: [
    ...(roles.resources ?? []).map((resource) => ({ ...resource, group: 'work' })),
    {
      id: 'integrations',
      label: 'Integrations',
      description: 'Connections to other systems',
      group: 'places',
      verbs: ['view', 'use', 'delete'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['view'] },
        { id: 'write', label: 'Write', verbs: ['view', 'use', 'delete'] },
      ],
      instances: [
        { id: 'crm', label: 'CRM' },
        { id: 'shop', label: 'Shop' },
      ],
    },
  ],
  expiry: { choicesDays: [30, 90, null], defaultDays: 90 },
  plans: [
    {
      id: 'free',
      label: 'Free',
      limits: [{ name: 'minute', limit: 60, windowSeconds: 60, burst: 10 }],
      accountLimits: [{ name: 'hour', limit: 5_000, windowSeconds: 3_600 }],
      quota: { limit: 10_000, period: 'month' },
      activeKeysMax: 200,
    },
    { id: 'large', label: 'Large', activeKeysMax: null },
  ],
  defaultPlan: 'free',
  display: {
    columns: [
      'name',
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
  },
})

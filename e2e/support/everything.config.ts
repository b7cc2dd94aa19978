import { defineConfig } from 'keywright'

/** Where this file is, for the servers that are started with it. */
export const configFile = import.meta.filename

/** Every action, two environments, two types, a quota by plan: what the end-to-end tests run on. */
export const config = defineConfig({
  product: { name: 'Everything', links: { errors: 'https://api.example.com/errors' } },
  fields: { name: { presence: 'optional' } },
  types: [
    { id: 'public', prefix: 'pub', label: 'Public key', audiences: ['shop'] },
    { id: 'internal', prefix: 'int', label: 'Internal key', audiences: ['back-office'] },
  ],
  defaultType: 'public',
  environments: [
    { id: 'test', tag: 'test', label: 'Test' },
    { id: 'live', label: 'Live' },
  ],
  defaultEnvironment: 'live',
  resources: [
    {
      id: 'jobs',
      label: 'Jobs',
      verbs: ['view', 'create'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['view'] },
        { id: 'write', label: 'Write', verbs: ['view', 'create'] },
      ],
    },
  ],
  presets: [
    { id: 'reader', label: 'Reader', grant: { jobs: 'read' } },
    { id: 'all', label: 'All', grant: 'unrestricted' },
  ],
  grants: { unrestricted: 'offered', default: 'all' },
  actions: {
    pause: { label: 'Pause', confirm: 'none' },
    reactivate: { label: 'Reactivate', confirm: 'none' },
    revoke: { label: 'Revoke', confirm: 'dialog' },
    rotate: { label: 'Rotate', confirm: 'dialog' },
    delete: { label: 'Delete', confirm: 'type-name' },
  },
})

import { defineConfig } from 'keywright'

/** Where this file is, for the servers that are started with it. */
export const rolesConfigFile = import.meta.filename

/** One role of each kind: all rights, only viewing, no right over keys at all; and every action. */
export const config = defineConfig({
  product: { name: 'Roles', languages: ['en', 'fr'] },
  words: { menu: ['Settings', 'API keys'] },
  fields: { name: { presence: 'required' }, description: { presence: 'optional' } },
  types: [{ id: 'api', prefix: 'rol', label: 'API key', audiences: ['api'] }],
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
    {
      id: 'calls',
      label: 'Calls',
      verbs: ['view'],
      levels: [{ id: 'read', label: 'Read', verbs: ['view'] }],
    },
  ],
  presets: [
    { id: 'reader', label: 'Reader', grant: { jobs: 'read' } },
    { id: 'all', label: 'All', grant: 'unrestricted' },
  ],
  grants: { unrestricted: 'discouraged', default: 'reader' },
  roles: [
    {
      id: 'owner',
      label: 'Owner',
      may: ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'],
      managesMembers: true,
    },
    { id: 'auditor', label: 'Auditor', may: ['view'] },
    { id: 'guest', label: 'Guest', may: [] },
  ],
  lastingRole: 'owner',
  actions: {
    pause: { label: 'Pause', confirm: 'none' },
    reactivate: { label: 'Reactivate', confirm: 'none' },
    revoke: { label: 'Revoke', confirm: 'dialog', warning: 'Requests with this key fail from now on.' },
    rotate: { label: 'Rotate', confirm: 'dialog' },
    delete: { label: 'Delete', confirm: 'type-name', warning: 'The key leaves the list for good.' },
  },
  rotation: { dueAfterDays: 90 },
  caps: { activeKeysPerAccount: 50 },
})

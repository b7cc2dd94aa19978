import { defineConfig } from '@keywright/core'

/** The configuration that serves where there is no configuration file: one type of key, read and write access to one resource. */
export const config = defineConfig({
  product: { name: 'Your API' },
  types: [
    {
      id: 'key',
      prefix: 'key',
      label: 'API key',
      audiences: ['api'],
      example: 'curl https://api.example.com/ -H "Authorization: Bearer YOUR_API_KEY"',
    },
  ],
  resources: [
    {
      id: 'data',
      label: 'Data',
      description: 'Everything that the API reads and writes',
      verbs: ['read', 'write'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['read'] },
        { id: 'write', label: 'Write', verbs: ['read', 'write'] },
      ],
    },
  ],
  presets: [
    { id: 'read-only', label: 'Read Only', grant: { data: 'read' } },
    { id: 'full-access', label: 'Full Access', grant: 'unrestricted' },
  ],
  grants: { unrestricted: 'offered', default: 'full-access' },
  roles: [
    {
      id: 'admin',
      label: 'Administrator',
      may: ['view', 'create', 'edit', 'pause', 'reactivate', 'revoke', 'rotate', 'delete'],
      managesMembers: true,
    },
    { id: 'viewer', label: 'Viewer', may: ['view'] },
  ],
  lastingRole: 'admin',
  actions: {
    pause: { label: 'Pause', confirm: 'none' },
    reactivate: { label: 'Reactivate', confirm: 'none' },
    rotate: {
      label: 'Rotate',
      confirm: 'dialog',
      warning: 'A new key takes its place; this one keeps working for the overlap that you choose.',
    },
    revoke: { label: 'Revoke', confirm: 'dialog', warning: 'The key stops working at once and for good.' },
    delete: { label: 'Delete', confirm: 'type-name', warning: 'The key stops working and leaves the list for good.' },
  },
})

import { defineConfig } from 'keywright'

/** Where this file is, for the servers that are started with it. */
export const configFile = import.meta.filename

/** Three roles of which the first must remain, and keys that can belong to a person: what the tests of people run on. */
export const config = defineConfig({
  product: { name: 'Example' },
  types: [{ id: 'key', prefix: 'key', label: 'Key', audiences: ['api'] }],
  resources: [
    {
      id: 'data',
      label: 'Data',
      verbs: ['read'],
      levels: [{ id: 'read', label: 'Read', verbs: ['read'] }],
    },
  ],
  presets: [{ id: 'reader', label: 'Reader', grant: { data: 'read' } }],
  grants: { default: 'reader' },
  roles: [
    {
      id: 'admin',
      label: 'Administrator',
      may: ['view', 'create', 'edit', 'revoke', 'delete'],
      managesMembers: true,
    },
    { id: 'developer', label: 'Developer', may: ['view', 'create', 'revoke'] },
    { id: 'viewer', label: 'Viewer', may: ['view'] },
  ],
  lastingRole: 'admin',
  actions: {
    revoke: { label: 'Revoke', confirm: 'dialog' },
    delete: { label: 'Delete', confirm: 'type-name' },
  },
})

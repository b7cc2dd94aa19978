import { defineConfig } from 'keywright'

/** Two environments; what is called "Revoke" is a pause, and only deletion is final; as many keys as wanted. */
export const config = defineConfig({
  product: {
    name: 'UDI Connect',
    links: { support: 'https://udi-connect.example/support', reference: 'https://udi-connect.example/docs/api' },
  },
  words: {
    account: { one: 'organization', many: 'organizations' },
    menu: ['Settings', 'API Keys'],
    menuPlace: 'side',
    create: 'Create API Key',
    done: 'Done',
  },
  fields: {
    name: { presence: 'required', label: 'Name' },
    description: { presence: 'optional', label: 'Description', hint: 'What the key is used for.' },
  },

  types: [
    {
      id: 'api',
      prefix: 'udi',
      label: 'API Key',
      audiences: ['api'],
      example: 'curl "$UDI_API/v1/agents" \\\n  -H "Authorization: Bearer YOUR_API_KEY"',
    },
  ],
  // None is preselected, since a key cannot change its environment.
  environments: [
    { id: 'preview', tag: 'preview', label: 'Preview', description: 'For trying changes out.' },
    { id: 'production', tag: 'production', label: 'Production', description: 'For what your users see.' },
  ],

  roles: [
    {
      id: 'admin',
      label: 'Admin',
      may: ['view', 'create', 'edit', 'pause', 'reactivate', 'delete'],
      managesMembers: true,
    },
    { id: 'member', label: 'Member', may: ['view'] },
  ],
  lastingRole: 'admin',

  actions: {
    pause: {
      label: 'Revoke',
      confirm: 'dialog',
      warning: 'The key is disabled for the time being. It can be reactivated later.',
    },
    reactivate: { label: 'Reactivate', confirm: 'none', warning: 'The key works again.' },
    delete: {
      label: 'Delete',
      confirm: 'type-name',
      warning: 'The key is removed from your organization for good and cannot be brought back.',
    },
  },
  expiry: { choicesDays: [null, 30, 90, 365], defaultDays: null },
  caps: { activeKeysPerAccount: null },
  display: {
    columns: ['name', 'environment', 'created', 'state'],
    listedStates: ['active', 'paused', 'expired'],
    stateLabels: { paused: 'Revoked' },
  },

  acceptedHeaders: ['authorization'],
  problems: {
    invalid_token: {
      title: 'Invalid API key',
      check: [
        'Check that the key was copied whole.',
        'Check that it is a key for the environment that you call: Preview and Production refuse the keys of one another.',
        'Check in Settings → API Keys that the key is active. A revoked one can be reactivated there.',
      ],
    },
  },

  tips: [
    'Store each key where only the program that needs it can read it, and never share it in public.',
    'Create a key for each environment and each use.',
    'Revoke a key when you are in doubt: it can be reactivated. Delete it when you are sure.',
  ],
})

import { defineConfig } from 'keywright'

/** Typed keys: one type for each of two APIs, nothing else to choose, revoked for good. */
export const config = defineConfig({
  product: {
    name: 'Lexey',
    links: { reference: 'https://lexey.example/docs/api' },
  },
  words: {
    menu: ['API Keys'],
    menuPlace: 'top',
    create: 'Create Key',
    type: { one: 'key type', many: 'key types' },
  },
  fields: {
    name: { presence: 'optional', label: 'Label', hint: 'It helps to tell keys apart in the list.' },
    description: { presence: 'absent' },
  },

  // Neither is preselected: whoever makes a key says which API it is for.
  types: [
    {
      id: 'customer',
      prefix: 'lxc',
      label: 'Customer',
      description: 'For the chat that your visitors see, streamed answers included.',
      audiences: ['customer-chat'],
      fixedGrant: 'unrestricted',
      example:
        'curl -N "$LEXEY_API/api/v1/customer/chat" \\\n  -H "Authorization: Bearer YOUR_API_KEY" \\\n  -H "Content-Type: application/json" \\\n  -d \'{"message": "Hello"}\'',
    },
    {
      id: 'management',
      prefix: 'lxm',
      label: 'Management',
      description: 'For programs that manage your chat.',
      audiences: ['management-chat'],
      fixedGrant: 'unrestricted',
      example: 'curl "$LEXEY_API/api/v1/management/chat" \\\n  -H "Authorization: Bearer YOUR_API_KEY"',
    },
  ],

  roles: [
    { id: 'admin', label: 'Admin', may: ['view', 'create', 'revoke'], managesMembers: true },
    { id: 'manager', label: 'Manager', may: ['view', 'create', 'revoke'] },
    { id: 'agent', label: 'Agent', may: [] },
    { id: 'viewer', label: 'Viewer', may: [] },
  ],
  lastingRole: 'admin',

  actions: {
    revoke: {
      label: 'Revoke',
      confirm: 'dialog',
      warning: 'Requests with this key are refused from now on. It cannot be reactivated.',
    },
  },
  expiry: { choicesDays: [null], defaultDays: null },
  display: {
    mask: { kind: 'last', characters: 4 },
    columns: ['preview', 'name', 'created'],
    listedStates: ['active'],
  },

  acceptedHeaders: ['authorization'],
  problems: {
    invalid_token: {
      title: 'Invalid API key',
      check: [
        'Check that the whole key was copied.',
        'Check that it is still on the API Keys page: a revoked key is not.',
        'Send it as Authorization: Bearer YOUR_API_KEY.',
      ],
    },
    wrong_type: {
      title: 'Wrong key type',
      check: [
        'Call the customer chat API with a key that begins with lxc_.',
        'Call the management chat API with a key that begins with lxm_.',
      ],
    },
  },

  tips: [
    'Keep each key in a secret store, and out of code and chats.',
    'Give each program a key of its own, so that one can be revoked without the others.',
    'A lost key is of no use to you and may be to somebody else: revoke it and create a new one.',
  ],
  help: [
    {
      id: 'streaming',
      title: 'Streaming',
      body: 'A customer key also opens the streaming endpoint. Whatever is wrong with a request or its key is answered as JSON before the stream begins.',
    },
    {
      id: 'webhooks',
      title: 'Webhook events',
      body: 'Your own systems can be told when keys change.',
      items: ['key.created: a key was created.', 'key.revoked: a key was revoked.'],
    },
  ],
})

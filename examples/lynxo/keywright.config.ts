import { defineConfig } from 'keywright'

/** Scoped keys for three environments: levels of permission, custom scopes, named integrations, a cap and limits by plan. */
export const config = defineConfig({
  product: {
    name: 'Lynxo',
    links: {
      support: 'https://lynxo.example/support',
      reference: 'https://lynxo.example/docs/api',
      errors: 'https://lynxo.example/docs/errors',
      dashboard: 'https://lynxo.example/dashboard',
    },
  },
  words: {
    menu: ['Developers', 'API Keys'],
    menuPlace: 'side',
    create: 'Create New API Key',
  },
  fields: {
    name: {
      presence: 'required',
      label: 'Name',
      hint: "A clear name that indicates the key's purpose.",
      advice: {
        vague: ['key', 'api key', 'new key', 'my key', 'test', 'testing', 'temp', 'default'],
        text: 'Use a name that says what the key is for, so that you know later which one to rotate or revoke.',
        examples: ['CRM Sync Production', 'Careers Page Jobs Feed'],
      },
    },
    description: {
      presence: 'optional',
      label: 'Where it is used',
      hint: 'Note the service and the place where this key is stored, so that it can be found again.',
    },
  },

  types: [
    {
      id: 'api',
      prefix: 'lnx',
      label: 'API key',
      audiences: ['api'],
      example: 'curl -X GET "$LYNXO_API/v1/jobs" \\\n  -H "Authorization: Bearer YOUR_API_KEY"',
    },
  ],
  // None is preselected: whoever makes a key says where it is used.
  environments: [
    { id: 'development', tag: 'dev', label: 'Development', description: 'For building and trying things out.' },
    { id: 'staging', tag: 'stg', label: 'Staging', description: 'For rehearsing a release.' },
    { id: 'production', tag: 'prod', label: 'Production', description: 'For real data.' },
  ],

  groups: [
    { id: 'recruiting', label: 'Recruiting' },
    { id: 'connections', label: 'Connections' },
    { id: 'account', label: 'Account' },
  ],
  resources: [
    {
      id: 'jobs',
      label: 'Jobs',
      description: 'The jobs of your account.',
      group: 'recruiting',
      verbs: ['view', 'create', 'delete'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['view'] },
        { id: 'write', label: 'Read/Write', verbs: ['view', 'create', 'delete'] },
      ],
    },
    {
      id: 'integrations',
      label: 'Integrations',
      description: 'The systems that your account is connected to. A key can be limited to some of them.',
      group: 'connections',
      verbs: ['view', 'use', 'manage'],
      levels: [
        { id: 'read', label: 'Read', verbs: ['view'] },
        { id: 'write', label: 'Read/Write', verbs: ['view', 'use'] },
        { id: 'manage', label: 'Manage', verbs: ['view', 'use', 'manage'] },
      ],
      instances: [
        { id: 'crm', label: 'CRM' },
        { id: 'ats', label: 'Applicant tracking' },
      ],
    },
    {
      id: 'administration',
      label: 'Administration',
      description: 'Settings of the whole account.',
      group: 'account',
      verbs: ['manage'],
      levels: [{ id: 'manage', label: 'Manage', verbs: ['manage'] }],
    },
  ],
  presets: [
    {
      id: 'read-only',
      label: 'Read Only',
      description: 'Can retrieve data but cannot modify it.',
      grant: { jobs: 'read', integrations: 'read' },
    },
    {
      id: 'read-write',
      label: 'Read/Write',
      description: 'Can retrieve and modify data.',
      grant: { jobs: 'write', integrations: 'write' },
    },
    {
      id: 'full-access',
      label: 'Full Access',
      description: 'Complete access to all API endpoints.',
      grant: 'unrestricted',
    },
  ],
  grants: {
    unrestricted: 'offered',
    custom: true,
    editable: true,
    advice: 'Full Access reaches every endpoint, also those added later. Grant only the permissions that are required.',
  },

  actions: {
    revoke: {
      label: 'Revoke',
      confirm: 'dialog',
      warning:
        "The key stops working at once and cannot be restored. You'll need to create a new key if access is required again.",
    },
    rotate: {
      label: 'Rotate',
      confirm: 'dialog',
      warning: 'You get a new key. The old one keeps working for the overlap that you choose, and then stops.',
    },
  },
  expiry: { choicesDays: [null], defaultDays: null },
  rotation: {
    dueAfterDays: 90,
    overlapsSeconds: [0, 3_600, 86_400, 604_800],
    defaultOverlapSeconds: 86_400,
  },
  caps: { activeKeysPerAccount: 50 },
  plans: [
    { id: 'free', label: 'Free', limits: [{ name: 'requests', limit: 60, windowSeconds: 60 }] },
    { id: 'scale', label: 'Scale', limits: [{ name: 'requests', limit: 600, windowSeconds: 60 }] },
  ],
  defaultPlan: 'free',

  display: {
    mask: { kind: 'last', characters: 4 },
    columns: ['name', 'preview', 'environment', 'permissions', 'created', 'lastUsed', 'state'],
  },
  acceptedHeaders: ['authorization'],
  problems: {
    invalid_token: {
      title: 'Invalid API Key',
      check: [
        'Verify that the key is copied whole and without extra spaces.',
        "Check that the key hasn't been revoked.",
        "Ensure you're using the correct key for your environment.",
        'Verify the Authorization header format: Bearer YOUR_API_KEY.',
      ],
    },
    rate_limited: {
      title: 'Rate Limit Exceeded',
      check: [
        'Check your API key usage in the dashboard.',
        'Implement request throttling in your application.',
        'Consider upgrading your plan for higher limits.',
        'Contact support if you need temporary limit increases.',
      ],
    },
    insufficient_scope: {
      title: 'Permission Missing',
      check: [
        "Check the key's permissions and scopes in Developers → API Keys.",
        'Read Only keys cannot modify data, and Read/Write keys cannot reach administration.',
        'If the key is limited to named integrations, check that this one is among them.',
      ],
    },
    active_keys_cap: {
      title: 'Key Limit Reached',
      check: ['Each account can have up to 50 active API keys. Revoke one that is no longer needed.'],
    },
  },

  tips: [
    'Never commit API keys to version control.',
    'Rotate keys regularly: update them every 90 days.',
    'Use environment variables: store keys securely in your application configuration.',
    'Limit key permissions: only grant the minimum that is required.',
    'Monitor key usage: review the activity of your keys regularly.',
    'Use separate keys for development, staging and production.',
    "Create a key for each integration; don't reuse one across several services.",
    'Name keys descriptively: a clear name indicates what the key is for.',
    'Document key usage: keep a note of which key is used where.',
  ],
  help: [
    {
      id: 'overview',
      title: 'Overview',
      body: "API keys provide secure access to Lynxo's API endpoints. Each key belongs to your account and can be scoped to specific permissions and integrations.",
    },
    {
      id: 'environments',
      title: 'One environment per key',
      body: 'A key works only in the environment that it was made for. Development, staging and production each need a key of their own.',
    },
    {
      id: 'integrations',
      title: 'Limiting a key to integrations',
      body: 'With Custom Scopes a key can be limited to named integrations. It is then refused for every other one.',
    },
    {
      id: 'support',
      title: 'Further help',
      body: 'The Errors section lists every error with what to do about it. For anything else, our support team will help.',
      links: [
        { label: 'Errors', href: 'https://lynxo.example/docs/errors' },
        { label: 'Contact support', href: 'https://lynxo.example/support' },
      ],
    },
  ],
})

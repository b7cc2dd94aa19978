import { defineConfig, type ResourceConfig } from 'keywright'

/** A resource that can be read or changed; what changes it has verbs of its own, as the API names them. */
const resource = (
  group: string,
  id: string,
  label: string,
  description: string,
  changes: readonly string[] = ['create', 'edit', 'delete'],
): ResourceConfig => ({
  id,
  label,
  description,
  group,
  verbs: ['view', ...changes],
  levels: [
    { id: 'read', label: 'Read', verbs: ['view'] },
    { id: 'write', label: 'Write', verbs: ['view', ...changes] },
  ],
})

/** Restricted keys: nothing, reading or writing on each of 19 resources, or everything; one resource is the keys themselves. */
export const config = defineConfig({
  product: {
    name: 'Diga',
    links: { team: 'https://diga.example/docs/team', reference: 'https://diga.example/docs/api' },
  },
  words: {
    account: { one: 'project', many: 'projects' },
    member: { one: 'team member', many: 'team members' },
    menu: ['API Keys'],
    menuPlace: 'side',
    create: 'Create API Key',
  },
  fields: {
    name: {
      presence: 'required',
      label: 'Name',
      advice: {
        vague: ['key', 'api key', 'new key', 'test', 'prueba', 'clave'],
        text: 'Name the key after the application and what it does there, so that everyone sees which key belongs to which.',
        examples: ['CRM_Query', 'Booking_App', 'CRM_Production', 'Mobile_App_Staging'],
      },
    },
    description: { presence: 'absent' },
  },

  types: [
    {
      id: 'api',
      prefix: 'diga',
      label: 'API Key',
      audiences: ['api'],
      example: 'curl "$DIGA_API/v1/calls" \\\n  -H "Authorization: Bearer YOUR_API_KEY"',
    },
  ],

  groups: [
    { id: 'communication', label: 'Communication' },
    { id: 'agents', label: 'Agent configuration' },
    { id: 'data', label: 'Contacts and data' },
    { id: 'administration', label: 'Administration' },
  ],
  resources: [
    resource('communication', 'calls', 'Calls', 'Phone calls', ['create', 'end']),
    resource('communication', 'messages', 'Messages', 'Messages sent and received', ['send']),
    resource('communication', 'transcriptions', 'Transcriptions', 'What was said in calls', ['edit', 'delete']),
    resource('communication', 'recordings', 'Recordings', 'Audio of calls', ['delete']),
    resource('agents', 'agents', 'Agents', 'Agents and how they are set up'),
    resource('agents', 'conversational-paths', 'Conversational paths', 'How conversations may go'),
    resource('agents', 'knowledge-bases', 'Knowledge bases', 'What agents know'),
    resource('agents', 'tools', 'Tools', 'What agents can call'),
    resource('agents', 'voices', 'Voices', 'How agents sound'),
    resource('agents', 'integrations', 'Integrations', 'Connections to other systems'),
    resource('agents', 'webhooks', 'Webhooks', 'Where events are sent'),
    resource('data', 'contacts', 'Contacts', 'People that are called or that call'),
    resource('data', 'statistics', 'Statistics', 'Figures and reports', ['export']),
    resource('data', 'verifications', 'Verifications', 'Verifications in the system', ['create', 'cancel']),
    resource('administration', 'phones', 'Phones', 'Phone numbers', ['purchase', 'import', 'edit', 'delete']),
    resource('administration', 'members', 'Members', 'The team of the project', ['invite', 'edit', 'remove']),
    resource('administration', 'billing', 'Billing', 'Invoices and the subscription', ['edit']),
    {
      ...resource('administration', 'api-keys', 'API Keys', 'The other keys of the project', [
        'create',
        'edit',
        'delete',
      ]),
      manages: 'keys',
    },
    resource('administration', 'notifications', 'Notifications', 'Who is told of what', ['edit']),
  ],
  grants: {
    unrestricted: 'discouraged',
    custom: true,
    editable: false,
    default: 'unrestricted',
    advice:
      'Avoid unrestricted keys: they reach every resource. Restrict each key to what it needs, so that little is lost if it leaks.',
    notEditable:
      'The permissions of a key cannot be changed. Delete the key and create a new one with those that you need.',
  },

  roles: [
    {
      id: 'administrator',
      label: 'Administrator',
      description: 'Manages the project, its team and its keys.',
      may: ['view', 'create', 'edit', 'delete'],
      managesMembers: true,
    },
    { id: 'member', label: 'Member', description: 'Works in the project, without its keys.', may: [] },
    { id: 'reader', label: 'Reader', description: 'Looks on, without seeing keys.', may: [] },
  ],
  lastingRole: 'administrator',

  actions: {
    delete: {
      label: 'Delete',
      confirm: 'dialog',
      warning: 'Applications that use the key lose access at once. It cannot be brought back.',
    },
  },
  expiry: { choicesDays: [null], defaultDays: null },
  caps: { activeKeysPerAccount: null },
  display: {
    mask: { kind: 'last', characters: 4 },
    columns: ['name', 'id', 'preview', 'created', 'permissions'],
  },

  acceptedHeaders: ['authorization'],
  problems: {
    insufficient_scope: {
      title: 'Permission missing',
      check: [
        'Read in the answer which permission is missing.',
        'Look at what the key may do on the API Keys page. It cannot be changed: create a key that has the permission, and delete the old one.',
      ],
    },
  },

  tips: [
    'Restrict every key to the resources and levels that its application needs.',
    'Exchange keys from time to time: create a new one, put it in place, delete the old one. A key that leaked unseen is then worth little.',
    'Do not share a key between environments: production, staging and development each get one.',
  ],
  help: [
    {
      id: 'levels',
      title: 'What the levels mean',
      items: [
        'No access: the key cannot reach the resource.',
        'Read: the key can look data up, but change nothing.',
        'Write: the key can look data up and change it.',
      ],
    },
  ],
})

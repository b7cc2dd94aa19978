import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfigFile } from '../packages/server/src/config-file.ts'
import { helpPage } from '../packages/server/src/http/help/page.ts'

/**
 * What the documentation that a system is modelled on tells its customers, fact by fact in our words. A fact is on the rendered help page
 * (`page`: a part of its text), is done by a person in the browser and shown by the tests there (`browser`), or neither (`neither`: why).
 */
type Fact = { readonly fact: string } & (
  | { readonly page: string | readonly string[] }
  | { readonly browser: string }
  | { readonly neither: string }
)

interface System {
  readonly folder: string
  readonly language: string
  readonly facts: readonly Fact[]
}

const systems: readonly System[] = [
  {
    folder: 'lexey',
    language: 'en',
    facts: [
      {
        fact: 'keys are managed on the page API Keys of the management interface',
        page: 'In the bar at the top: “API Keys”',
      },
      { fact: 'there are two types', page: ['Customer lxc_', 'Management lxm_'] },
      { fact: 'customer keys reach the customer chat API only', page: 'Customer” is refused by management-chat' },
      { fact: 'management keys reach the management chat API only', page: 'Management” is refused by customer-chat' },
      { fact: 'the page is opened from the top bar', page: 'Open “API Keys”.' },
      { fact: 'the button that creates', page: 'Choose “Create Key”.' },
      { fact: 'the type is chosen', page: 'Choose the key type: “Customer” or “Management”.' },
      { fact: 'a label can be given or left out', page: 'If you like, fill in “Label”; a key may go without.' },
      { fact: 'the key is copied at once', page: 'copy the key at once' },
      { fact: 'it is shown exactly once and never again', page: 'exactly once, when it is created' },
      { fact: 'the buttons do what the steps say', browser: 'creates a key of each type' },
      {
        fact: 'a lost key is revoked and replaced',
        page: ['Create a new key for the same purpose.', 'retire the lost one with “Revoke”'],
      },
      { fact: 'only a hash is stored', page: 'We keep only a cryptographic hash of it' },
      { fact: 'the list shows active keys', page: 'The list shows keys with this status: active.' },
      { fact: 'keys are masked but for four characters', page: 'its last 4 characters' },
      {
        fact: 'label and creation date are listed',
        page: ['Label What the key was called', 'Created When the key was created'],
      },
      { fact: 'a revoked key stops being accepted', page: 'Requests with this key are refused from now on.' },
      { fact: 'and cannot be reactivated', page: 'It cannot be reactivated.' },
      { fact: 'Admin and Manager create, view and revoke', page: ['Admin Yes Yes Yes', 'Manager Yes Yes Yes'] },
      { fact: 'nobody else does', page: 'Whoever has the role “Agent” or “Viewer” does not see the keys at all.' },
      { fact: 'key events go to webhooks', page: ['key.created', 'key.revoked'] },
      { fact: 'there is a streaming endpoint', page: 'A customer key also opens the streaming endpoint.' },
      { fact: 'errors before a stream are JSON', page: 'answered as JSON before the stream begins' },
      { fact: 'features, pricing and sign-up of the product', neither: 'they are about the product, not its keys' },
    ],
  },
  {
    folder: 'lynxo',
    language: 'en',
    facts: [
      { fact: 'keys give secure access to the API', page: "API keys provide secure access to Lynxo's API endpoints" },
      { fact: 'a key belongs to an account', page: 'belongs to one account' },
      { fact: 'and can be scoped', page: 'scoped to specific permissions and integrations' },
      { fact: 'one logs in to the dashboard first', browser: 'signs in' },
      { fact: 'the way there', page: 'Open “Developers → API Keys”.' },
      { fact: 'the button that creates', page: 'Choose “Create New API Key”.' },
      { fact: 'a descriptive name', page: 'Fill in “Name”.' },
      {
        fact: 'permissions and scopes are chosen',
        page: 'Choose what the key may do: “Read Only”, “Read/Write”, “Full Access”',
      },
      { fact: 'the key is copied and stored', page: ['copy the key at once', 'Store it safely'] },
      { fact: 'it is shown once', page: 'exactly once, when it is created' },
      { fact: 'Read Only', page: 'Read Only – Can retrieve data but cannot modify it.' },
      { fact: 'Read/Write', page: 'Read/Write – Can retrieve and modify data.' },
      { fact: 'Full Access', page: 'Full Access – Complete access to all API endpoints.' },
      { fact: 'Custom Scopes are granular', page: ['With Custom Scopes', 'single operations'] },
      {
        fact: 'limits to integrations',
        page: 'Integrations: a key can be limited to some of CRM and Applicant tracking.',
      },
      { fact: 'the header', page: 'Authorization: Bearer YOUR_API_KEY' },
      { fact: 'an example request', page: 'curl -X GET "$LYNXO_API/v1/jobs"' },
      { fact: 'not in version control', page: 'Never commit API keys to version control.' },
      {
        fact: 'rotated every 90 days',
        page: ['every 90 days', 'A key older than 90 days is shown as due for rotation.'],
      },
      { fact: 'environment variables', page: 'Use environment variables' },
      { fact: 'least permission', page: 'only grant the minimum' },
      { fact: 'activity is reviewed', page: ['review the activity of your keys regularly', 'its newest activity'] },
      { fact: 'one key for each environment', page: 'Use separate keys for development, staging and production.' },
      { fact: 'one key for each integration', page: 'Create a key for each integration' },
      { fact: 'descriptive names', page: 'Name keys descriptively' },
      { fact: 'a note of where each is used', page: ['fill in “Where it is used”', 'which key is used where'] },
      { fact: 'the key is found in the list', page: 'Find the key in the list' },
      { fact: 'revoking is confirmed', page: 'Confirm in the window that opens, by choosing “Revoke”.' },
      { fact: 'integrations then need a new key', page: 'Put a new key into the programs that still need access.' },
      { fact: 'revoked keys are not restored', page: 'cannot be restored' },
      { fact: 'fifty active keys', page: 'Each account can have up to 50 active keys.' },
      { fact: 'no expiry', page: 'Keys do not expire by themselves.' },
      { fact: 'rate limits per key', page: ['Rate limits apply to each key on its own.', '60 per minute'] },
      { fact: 'usage is displayed', page: 'How often each key was used' },
      {
        fact: 'what to check about an invalid key',
        page: [
          'Invalid API Key',
          'without extra spaces',
          "hasn't been revoked",
          'correct key for your environment',
          'header format: Bearer YOUR_API_KEY',
        ],
      },
      {
        fact: 'what to do about rate limits',
        page: [
          'Rate Limit Exceeded',
          'usage in the dashboard',
          'request throttling',
          'upgrading your plan',
          'temporary limit increases',
        ],
      },
      { fact: 'where further help is', page: ['The Errors section', 'Contact support'] },
    ],
  },
  {
    folder: 'udi-connect',
    language: 'en',
    facts: [
      { fact: 'Settings in the sidebar', page: 'In the menu: “Settings → API Keys”.' },
      {
        fact: "the organization's keys of both environments",
        page: 'keys of your organization, whatever their environment: Preview and Production',
      },
      { fact: 'the button that creates', page: 'Choose “Create API Key”.' },
      { fact: 'the button is at the top right and opens a dialog', browser: 'creates a key in the dialog' },
      { fact: 'a name', page: 'Fill in “Name”.' },
      { fact: 'a description if one likes', page: 'If you like, fill in “Description”' },
      { fact: 'the environment', page: 'Choose the environment: “Preview” or “Production”.' },
      {
        fact: 'it matters which',
        page: [
          'A key for Preview is refused in Production, and a key for Production is refused in Preview.',
          'choose with care',
        ],
      },
      { fact: 'the key appears in a popup', browser: 'reads the key in the popup' },
      { fact: 'once', page: 'exactly once, when it is created' },
      { fact: 'Done closes the popup', page: '“Done” closes the window.' },
      {
        fact: 'name, environment and creation date are listed',
        page: ['Name What the key was called', 'Environment Where the key works', 'Created When the key was created'],
      },
      {
        fact: 'actions in the menu of a row',
        page: 'The menu at the end of each row offers “Revoke”, “Reactivate”, or “Delete”.',
      },
      { fact: 'Revoke is for a time', page: ['disabled for the time being', '“Reactivate” makes the key work again'] },
      { fact: 'Delete is for good', page: 'removed from your organization for good' },
      {
        fact: 'a key for Production is made the same way',
        page: 'Create a key of its own for each environment: Preview and Production.',
      },
      { fact: 'no limit on the number', page: 'There is no limit on the number of keys of your organization.' },
      { fact: 'all active keys are in the list', page: 'Search finds a key by its name among thousands.' },
      {
        fact: 'keys may expire, by default never',
        page: ['Choose when it expires: never, after 30 days', '“never” is preselected'],
      },
      { fact: 'stored safely and not shared', page: 'never share it in public' },
      {
        fact: 'pictures of each step',
        neither: 'the page describes; the steps themselves are shown by the tests in a browser',
      },
    ],
  },
  {
    folder: 'diga',
    language: 'en',
    facts: [
      {
        fact: 'only administrators create, view and manage',
        page: [
          'Administrator Yes Yes Yes Yes Yes',
          'Whoever has the role “Member” or “Reader” does not see the keys at all.',
        ],
      },
      { fact: 'the Team page tells more', page: 'Team and roles' },
      {
        fact: 'the columns',
        page: ['Name What the key was called', 'Key ID', 'The key, masked', 'Created', 'restricted or unrestricted'],
      },
      { fact: 'a descriptive name', page: ['CRM_Query', 'Booking_App'] },
      { fact: 'unrestricted', page: 'Unrestricted – All resources' },
      { fact: 'or restricted, per resource', page: 'A level for each resource' },
      { fact: 'the toggle Restrict key', browser: 'switches it on and chooses levels' },
      {
        fact: 'the levels',
        page: [
          'No access: the key cannot reach the resource.',
          'Read: the key can look data up, but change nothing.',
          'Write: the key can look data up and change it.',
        ],
      },
      ...[
        'Communication Calls',
        'Messages',
        'Transcriptions',
        'Recordings',
        'Agent configuration Agents',
        'Conversational paths',
        'Knowledge bases',
        'Tools',
        'Voices',
        'Integrations',
        'Webhooks',
        'Contacts and data Contacts',
        'Statistics',
        'Verifications',
        'Administration Phones',
        'Members',
        'Billing',
        'API Keys',
        'Notifications',
      ].map((resource) => ({
        fact: `the resource ${resource}`,
        page: resource,
      })),
      {
        fact: 'keys can manage keys',
        page: 'A key with permissions on API Keys can manage other keys of your project over the API.',
      },
      { fact: 'never beyond themselves', page: 'It can never give one more than it holds itself' },
      { fact: 'verbs of their own', page: ['purchase', 'import', 'as in calls.view'] },
      { fact: 'what fits no level is Custom', page: 'What fits no level is shown as “Custom”.' },
      { fact: 'Delete in the menu of the row', page: 'The menu at the end of each row offers “Delete”.' },
      { fact: 'confirmed by Delete', page: 'Confirm in the window that opens, by choosing “Delete”.' },
      { fact: 'unrestricted is advised against', page: 'Avoid unrestricted keys' },
      { fact: 'names by use', page: ['CRM_Production', 'Mobile_App_Staging'] },
      { fact: 'rotation by hand', page: 'create a new one, put it in place, delete the old one' },
      { fact: 'not shared between environments', page: 'Do not share a key between environments' },
      { fact: 'no limit on the number', page: 'There is no limit on the number of keys of your project.' },
      {
        fact: 'permissions are final',
        page: 'The permissions of a key cannot be changed. Delete the key and create a new one',
      },
      {
        fact: 'a lost key is replaced',
        page: ['A lost key cannot be shown again.', 'Put the new key into every program that used the lost one.'],
      },
      { fact: 'the last administrator stays', page: 'the last cannot be demoted, removed or leave' },
    ],
  },
  {
    folder: 'voxum',
    language: 'en',
    facts: [
      { fact: 'other applications reach the account', page: 'With API keys other software reaches Voxum' },
      { fact: 'like a password', page: 'Treat each like a password' },
      { fact: 'unique to the account', page: 'Each key is unique, belongs to one account' },
      { fact: 'revoked if compromised', page: 'when a key may have leaked' },
      { fact: 'last use is tracked', page: 'When it was last used' },
      { fact: 'limited permissions', page: ['Inventory inventory', 'Leads leads', 'Chatbot chatbot'] },
      {
        fact: 'when one needs a key',
        page: ['Inventory integration', 'CRM connection', 'Applications of your own', 'Tools of others'],
      },
      { fact: 'and when not', page: 'You need none to manage your chatbot in the admin panel.' },
      { fact: 'the menu', page: 'In the menu: “API Keys”.' },
      {
        fact: 'the page lists, creates and revokes',
        page: 'lists the keys of your account and is where you manage them',
      },
      { fact: 'the button that creates', page: 'Choose “Create API Key”.' },
      { fact: 'good names', page: '“Inventory Integration”, “CRM Sync”, and “Developer Testing”' },
      { fact: 'bad names', page: 'say too little' },
      { fact: 'a vague name gets advice as it is typed', browser: 'types "Key 1" and "Test"' },
      { fact: 'shown once', page: 'exactly once, when it is created' },
      { fact: 'kept in a password manager', page: 'in a password manager' },
      { fact: 'lost is lost', page: 'A lost key cannot be shown again.' },
      {
        fact: 'the columns',
        page: [
          'Name What',
          'up to the first 4 characters',
          'Created When',
          'Last used When',
          'Whether the key is active or revoked',
        ],
      },
      { fact: 'revoking is confirmed', page: 'Confirm in the window that opens, by choosing “Revoke”.' },
      { fact: 'acts at once', page: 'stops working at once, and every system that uses it loses its connection' },
      { fact: 'the record remains', page: 'It stays in the list as a record of what keys there were.' },
      { fact: 'revoke rather than delete', page: 'Revoke a key that is no longer used: it stays listed as a record.' },
      { fact: 'kept secret', page: 'never in e-mails, code repositories or client-side code' },
      { fact: 'names tell what to revoke', page: 'so that you know which one to revoke' },
      { fact: 'rotation by hand', page: 'create new keys from time to time and revoke the old ones' },
      { fact: 'use is watched', page: 'to find those that are unused and use that is unusual' },
      { fact: 'few keys', page: 'fewer keys, less risk' },
      { fact: 'the header', page: 'X-API-Key: YOUR_API_KEY' },
      { fact: 'no other header', page: 'A key in the header Authorization.' },
      { fact: 'an example request', page: 'curl "$VOXUM_API/api/inventory"' },
      { fact: 'a reference for developers', page: 'API reference' },
      {
        fact: 'Unauthorized',
        page: ['Unauthorized', 'without extra spaces', "hasn't been revoked", 'exactly X-API-Key'],
      },
      {
        fact: 'a key does not work',
        page: ['copied the complete key', 'Check whether it has been revoked.', 'the right endpoint'],
      },
      { fact: 'a lost key', page: ['Create a new key for the same purpose.', 'retire the lost one with “Revoke”'] },
      { fact: 'where to go on', page: ['Inventory API', 'Dashboard'] },
    ],
  },
  {
    folder: 'voxum',
    language: 'fr',
    facts: [
      {
        fact: 'the page exists in French',
        page: ['Clés API', 'Créer une clé', 'Où les trouver', 'Lorsqu’une clé est refusée'],
      },
      { fact: 'the button that creates', page: 'Choisissez « Créer une clé API ».' },
      { fact: 'shown once', page: 'qu’une seule fois, à sa création' },
      { fact: 'the record remains', page: 'Elle reste dans la liste comme trace' },
      { fact: 'Unauthorized', page: ['Non autorisé', 'exactement X-API-Key'] },
      { fact: 'kept secret', page: 'jamais dans un courriel' },
    ],
  },
]

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** What a reader sees of a page: its text in one line, its spaces plain. */
const textOf = (page: string): string =>
  page
    .slice(page.indexOf('<main'))
    .replaceAll(/<\/?(?:code|a|strong)\b[^>]*>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
    .replaceAll(/\s+/g, ' ')

describe.each(systems)('the help page of $folder in $language', ({ folder, language, facts }) => {
  const rendered = async () => {
    const loaded = await loadConfigFile(resolve(import.meta.dirname, folder, 'keywright.config.ts'))
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
    return textOf(helpPage(loaded.config, language))
  }

  const onPage = facts.flatMap((each) => ('page' in each ? [each] : []))
  test.each(onPage)('says: $fact', async ({ page }) => {
    const text = await rendered()
    for (const part of [page].flat()) expect(text).toContain(part)
  })

  test('what is not on it is shown in a browser, or has a reason', () => {
    for (const each of facts) {
      if ('browser' in each) expect(each.browser).not.toBe('')
      if ('neither' in each) expect(each.neither).not.toBe('')
    }
    expect(onPage.length / facts.length).toBeGreaterThan(0.8)
  })
})

test('the pages of the systems are as different as the systems', async () => {
  const pages = new Map<string, string>()
  for (const { folder } of systems) {
    const loaded = await loadConfigFile(resolve(import.meta.dirname, folder, 'keywright.config.ts'))
    if (loaded.ok) pages.set(folder, textOf(helpPage(loaded.config, 'en')))
  }
  const has = (word: string) => [...pages].filter(([, text]) => text.includes(word)).map(([folder]) => folder)
  expect(has('Each account can have up to 50')).toEqual(['lynxo'])
  expect(has('is refused by')).toEqual(['lexey'])
  expect(has('makes the key work again')).toEqual(['udi-connect'])
  expect(has('Avoid unrestricted keys')).toEqual(['diga'])
  expect(has('X-API-Key: YOUR_API_KEY')).toEqual(['voxum'])
  expect(has('older than 90 days')).toEqual(['lynxo'])
})

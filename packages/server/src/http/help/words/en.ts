/** The configuration's nouns in the language of the page, and the product's name. */
export interface Nouns {
  readonly product: string
  readonly account: string
  readonly key: string
  readonly keys: string
  readonly environment: string
  readonly environments: string
  readonly type: string
  readonly types: string
  readonly member: string
  readonly members: string
}

const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many)

/** The help page in English. Parts between backticks are code; numbers, durations and lists come formatted. */
export const en = {
  quote: (text: string) => `“${text}”`,
  frame: {
    skip: 'Skip to the content',
    help: 'Help',
    contents: 'On this page',
    languages: 'Language',
    lead: ({ product }: Nouns) =>
      `What they are for at ${product}, how to create and use them, and what to check when one is refused.`,
  },
  never: 'never',
  yes: 'Yes',
  no: 'No',
  none: 'None',
  unlimited: 'No limit',

  about: {
    title: 'What they are for',
    purpose: ({ keys, product, account }: Nouns) =>
      `With ${keys} other software reaches ${product} without anybody signing in. Treat each like a password: whoever has it can do for your ${account} whatever it allows.`,
    need: ({ product }: Nouns) =>
      `You need one to connect another system, to automate a task, or to build on the API of ${product}. You need none for what you do yourself on our pages.`,
    belongs: ({ account }: Nouns) => `Each key is unique, belongs to one ${account} and reaches nothing of any other.`,
    find: 'Where to find them',
    path: { top: (path: string) => `In the bar at the top: ${path}.`, side: (path: string) => `In the menu: ${path}.` },
    shows: ({ account }: Nouns) => `The page lists the keys of your ${account} and is where you manage them.`,
    showsAll: ({ account, environment }: Nouns, list: string) =>
      `The page lists the keys of your ${account}, whatever their ${environment}: ${list}.`,
    dashboard: 'Dashboard',
  },

  create: {
    title: 'Create a key',
    open: (path: string) => `Open ${path}.`,
    press: (label: string) => `Choose ${label}.`,
    required: (label: string) => `Fill in ${label}.`,
    optional: (label: string) => `If you like, fill in ${label}; a key may go without.`,
    examples: (list: string) => `Good examples: ${list}.`,
    vague: (list: string) => `Names like ${list} say too little.`,
    type: ({ type }: Nouns, list: string) => `Choose the ${type}: ${list}.`,
    environment: ({ environment }: Nouns, list: string) => `Choose the ${environment}: ${list}.`,
    environmentMatters: ({ environment }: Nouns) => `The key works in this ${environment} only, so choose with care.`,
    permissions: (list: string) => `Choose what the key may do: ${list}.`,
    unrestricted: 'unrestricted',
    custom: 'your own choice of permissions',
    more: 'Permissions explains each',
    preselected: (label: string) => `${label} is preselected.`,
    expiry: (list: string) => `Choose when it expires: ${list}.`,
    expiryFree: 'If you like, choose a date on which the key expires.',
    expiryFreeDate: 'Choose a date on which the key expires.',
    expiryMost: (days: string) => `At most ${days} from now.`,
    days: (days: string) => `after ${days}`,
    copy: (label: string) => `Choose ${label} again, and copy the key at once.`,
    done: (label: string) => `${label} closes the window.`,
    onceTitle: 'Shown once',
    once: 'The whole key is on the screen exactly once, when it is created. We keep only a cryptographic hash of it, from which nobody can get it back: no page, no person and no backup can show it again. Store it safely, for instance in a password manager or a secret store.',
  },

  lost: {
    title: 'You lost a key',
    gone: 'A lost key cannot be shown again.',
    replace: 'Create a new key for the same purpose.',
    update: 'Put the new key into every program that used the lost one.',
    retire: (action: string) => `Then retire the lost one with ${action}.`,
  },

  list: {
    title: 'The list',
    caption: 'Columns of the list',
    column: 'Column',
    meaning: 'What it shows',
    columns: {
      name: ['Name', 'What the key was called when it was created'],
      id: ['Key ID', 'What names the key without giving it away, for instance to our support'],
      preview: ['Key', ''],
      type: ['', 'Which kind of key it is, and so which API it reaches'],
      environment: ['', 'Where the key works'],
      permissions: ['Permissions', 'What the key may do, in short'],
      owner: ['Owner', 'Whose key it is, where it belongs to one person'],
      created: ['Created', 'When the key was created'],
      lastUsed: [
        'Last used',
        'When it was last used: helps to find keys that nobody needs and use that you do not expect',
      ],
      expires: ['Expires', 'When the key stops being accepted by itself'],
      state: ['Status', ''],
    },
    restricted: 'What the key may do: restricted or unrestricted',
    last: (characters: number, shown: string) =>
      `The key, masked: how it begins, and its last ${plural(characters, 'character', `${shown} characters`)}`,
    first: (characters: number, shown: string) =>
      `The key, masked: how it begins, up to the first ${plural(characters, 'character', `${shown} characters`)} of its secret part`,
    states: (list: string) => `Whether the key is ${list}`,
    every: 'Keys of every status are listed.',
    some: (list: string) => `The list shows keys with this status: ${list}. Others are not on it.`,
    menu: (list: string) => `The menu at the end of each row offers ${list}.`,
    search: 'Search finds a key by its name among thousands.',
    searchNameless: 'Search finds a key among thousands.',
  },

  types: {
    caption: ({ types }: Nouns) => `The ${types} of keys`,
    lookTitle: 'What a key looks like',
    looks: (start: string) =>
      `Every key begins with ${start}. You and the tools that look for leaked secrets recognize it by that.`,
    begins: 'Begins with',
    reaches: 'Reaches',
    purpose: 'For',
    apart: ({ type }: Nouns) => `The ${type} decides which API a key reaches, and nothing else does:`,
    refused: (label: string, list: string) => `A key of the kind ${label} is refused by ${list}.`,
  },

  environments: {
    caption: 'Where each key works',
    apart: ({ environment }: Nouns) =>
      `A key works only in the ${environment} that it was created for. All others refuse it, and it cannot be moved.`,
    pair: (one: string, other: string) =>
      `A key for ${one} is refused in ${other}, and a key for ${other} is refused in ${one}.`,
    address: 'Address',
    purpose: 'For',
    each: ({ environment }: Nouns, list: string) => `Create a key of its own for each ${environment}: ${list}.`,
  },

  permissions: {
    title: 'Permissions',
    choices: 'What you can choose',
    unrestricted: 'Unrestricted',
    unrestrictedMeaning: 'All resources, those added later included.',
    customLabel: 'Custom',
    customLevels: 'A level for each resource, or single operations. What fits no level is shown as “Custom”.',
    customVerbs: 'Single operations of each resource.',
    caption: 'Resources and their levels',
    presetsCaption: 'What each choice gives',
    heldCaption: 'What keys may do',
    resource: 'Resource',
    levels: 'Levels',
    all: 'All of it',
    noAccess: 'No access',
    noAccessMeaning: 'The key cannot reach the resource at all.',
    higher: 'Each level contains those before it.',
    single: 'Only singly',
    names: (example: string) =>
      `A permission is named by its resource and the operation, as in ${example}. An answer that refuses a key for lack of one names it so.`,
    instances: (resource: string, list: string) => `${resource}: a key can be limited to some of ${list}.`,
    instancesAny: (resource: string) => `${resource}: a key can be limited to the ones that you name.`,
    instancesRefused: 'Such a key is refused for every other.',
    given: 'Nobody chooses permissions: they are the same for all keys.',
    givenTyped: ({ type }: Nouns) => `Nobody chooses permissions: they follow from the ${type} of the key.`,
    editable: 'The permissions of a key can be changed later.',
    manages: ({ account }: Nouns, resource: string) =>
      `A key with permissions on ${resource} can manage other keys of your ${account} over the API. It can never give one more than it holds itself, and its keys end with it.`,
  },

  use: {
    title: 'Use a key',
    header: 'Send the key in this header of every request:',
    headers: 'Send the key in one of these headers of every request, and only in one:',
    exampleOf: (label: string) => `Example: ${label}`,
    example: 'Example',
    placeholder: 'Put your key in the place of `YOUR_API_KEY`.',
    refusedTitle: 'What is not accepted',
    otherHeader: (header: string) => `A key in the header \`${header}\`.`,
    address: 'A key in the address of a request: addresses are logged and passed on.',
    several: 'More than one key in a request.',
    store: 'Keep the key in an environment variable or a secret store of your program, not in its code.',
  },

  limits: {
    title: 'Limits',
    cap: ({ account }: Nouns, count: number, shown: string) =>
      `Each ${account} can have up to ${shown} active ${plural(count, 'key', 'keys')}.`,
    capNotes: 'A key that was rotated counts once, also during its overlap.',
    capPaused: 'Keys that are not active do not count.',
    uncapped: ({ account }: Nouns) => `There is no limit on the number of keys of your ${account}.`,
    eternal: 'Keys do not expire by themselves.',
    expires: (list: string) => `A key expires as chosen when it is created: ${list}.`,
    expiresFree: 'A key expires only where a date was chosen when it was created.',
    expiresMost: (days: string) => `Keys live at most ${days}.`,
    perKey: 'Rate limits apply to each key on its own.',
    perKeyRotated: 'Rotating a key does not give it a second allowance.',
    perAccount: ({ account }: Nouns) => `Limits for the whole ${account} are shared by all its keys.`,
    raised: 'Other limits can be agreed for one key or for all of yours, for a while or for good.',
    caption: 'Limits by plan',
    captionOne: 'Limits',
    plan: 'Plan',
    active: 'Active keys',
    each: 'Requests per key',
    shared: 'Requests of all keys',
    quota: 'Quota per key',
    rate: (count: string, window: string) => `${count} in ${window}`,
    rateOfUnit: (count: string, unit: string) => `${count} per ${unit}`,
    burst: (count: string) => `at most ${count} at once`,
    perDay: (count: string) => `${count} a day`,
    perMonth: (count: string) => `${count} a month`,
    inAll: (count: string) => `${count} in all`,
    starting: ({ account }: Nouns, plan: string) => `A new ${account} starts with ${plan}.`,
  },

  manage: {
    title: 'Manage a key',
    statesTitle: 'What a key can be',
    statesCaption: 'Every status of a key',
    status: 'Status',
    meaning: 'Meaning',
    states: {
      active: 'The key is accepted.',
      paused: 'The key is refused for the time being.',
      revoked: 'The key is refused for good.',
      expired: 'The time of the key is over. It is refused for good.',
    },
    pausedBack: (action: string) => `${action} makes it work again.`,
    effects: {
      pause: (reactivate: string) =>
        `It is not final: ${reactivate} makes the key work again, with everything that it was allowed.`,
      reactivate: (pause: string) => `It undoes ${pause}.`,
      revoke:
        'It takes effect at once, and programs that use the key can no longer connect. It is final: the key cannot be reactivated.',
      rotate: 'The new key has the same permissions as the old one.',
      delete: 'It takes effect at once and is final: the key leaves the list and cannot be brought back.',
    },
    record: 'It stays in the list as a record of what keys there were.',
    leaves: 'It is no longer on the list.',
    keepRecord: (revoke: string, remove: string) =>
      `Prefer ${revoke} to ${remove} for a key that is no longer used: the record stays.`,
    find: 'Find the key in the list and open the menu at the end of its row.',
    choose: (action: string) => `Choose ${action}.`,
    confirm: {
      none: 'It happens without a further question.',
      dialog: (action: string) => `Confirm in the window that opens, by choosing ${action}.`,
      'type-name': (action: string) =>
        `Confirm in the window that opens: type the name of the key, then choose ${action}.`,
    },
    replace: 'Put a new key into the programs that still need access.',
    whenNeeded: 'Do it when a key may have leaked or is no longer needed.',
  },

  rotation: {
    title: 'Rotate keys',
    due: (days: string) => `A key older than ${days} is shown as due for rotation.`,
    byHand: 'Create a new key, put it into your programs, then retire the old one.',
    how: (action: string) =>
      `${action} makes a new key and lets the old one work on for an overlap of your choice, so that no program is cut off while you exchange it.`,
    overlaps: (list: string) => `Overlaps: ${list}.`,
    noOverlap: 'none (the old key stops at once)',
    preselected: (overlap: string) => `Preselected: ${overlap}.`,
    newest: 'Only the newest key of a line rotates. The new one keeps the end of the old one, if it had one.',
  },

  usage: {
    title: 'Usage and activity',
    usage: 'How often each key was used, accepted and refused, is on its page.',
    activity: (count: string, days: string) =>
      `So is its newest activity: up to ${count} checks of the last ${days}, with time, outcome and network.`,
    networks: 'Network addresses are kept shortened.',
    addresses: 'Network addresses are kept whole.',
    changes: ({ account }: Nouns) => `Every change to the keys of your ${account} is in its log.`,
  },

  roles: {
    title: 'Who may do what',
    caption: 'What each role may do with keys',
    role: 'Role',
    view: 'View',
    create: 'Create',
    edit: 'Edit',
    members: ({ members }: Nouns) => `Manage ${members}`,
    lasting: ({ account, member }: Nouns, role: string) =>
      `One active ${member} with the role ${role} must always remain in your ${account}: the last cannot be demoted, removed or leave.`,
    blind: (list: string) => `Whoever has the role ${list} does not see the keys at all.`,
    team: 'Team and roles',
  },

  practices: {
    title: 'Best practices',
    secret:
      'Never share a key in e-mails, and keep it out of code repositories and of anything that runs in a browser or on other people’s devices.',
    single: 'Create one key for each program that needs it, and none that nobody needs.',
    review: 'Look through your keys from time to time, and retire those that are no longer used.',
    names: 'Give each key a name that says what it is for.',
    apart: ({ environments }: Nouns) => `Do not share keys between ${environments}.`,
  },

  trouble: {
    title: 'When a key is refused',
    lead: 'Every refusal carries a status, a code and a title.',
    answered: (status: string, codes: string) => `Answered with status ${status}, code ${codes}.`,
    errors: 'All errors',
    titles: {
      credential_missing: 'A key is required',
      credential_ambiguous: 'Exactly one key per request',
      invalid_token: 'Invalid API key',
      insufficient_scope: 'The key does not have the permission',
      wrong_type: 'The key is not of a type that reaches this API',
      network_not_allowed: 'The key may not be used from this network',
      rate_limited: 'Rate limit exceeded',
      quota_exceeded: 'Quota exceeded',
      unavailable: 'The check cannot be answered at the moment',
      active_keys_cap: 'As many active keys as there may be',
    },
    checks: {
      missing: 'Send a key with every request.',
      header: (headers: string) => `Compare the header with ${headers}.`,
      several:
        'Send one key, in one header, and none in the address. Retire a key that was in an address: it may have leaked.',
      copied: 'Check that the key was copied whole, without spaces before or after it.',
      state: (list: string) => `Check in the list that it is not ${list}.`,
      deleted: 'Check that it has not been deleted.',
      environment: ({ environment }: Nouns) => `Check that it is a key for this ${environment}.`,
      permission: 'Read in the answer which permission is missing, and use a key that has it.',
      type: ({ type }: Nouns) => `Use a key of the ${type} that reaches this API.`,
      network: 'Call from a network that the key allows, or change its list of networks.',
      wait: 'Wait as long as the header `Retry-After` says, and spread your requests out.',
      quota: 'Wait for the next period, or ask for a larger quota.',
      quotaInAll: 'The quota is used up for good: ask for a larger one.',
      again: 'Nothing is wrong with the key. Try again after as long as `Retry-After` says.',
      cap: 'Retire a key that is no longer needed, then create the new one.',
    },
  },

  links: {
    title: 'More',
    support: 'Contact support',
    reference: 'API reference',
    errors: 'Errors',
    dashboard: 'Dashboard',
    team: 'Team and roles',
  },
}

/** Every text of the help page; a further language is one more value of this type. */
export type HelpWords = typeof en

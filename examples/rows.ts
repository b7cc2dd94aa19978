/** What each example has to show, row by row; every row is found in the tests of exactly one file, by its id. */
export const rows: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lexey: {
    'LEX-1': 'Customer keys reach the customer API only, management keys the management API only',
    'LEX-2': 'Create Key: type, optional label, copied at once',
    'LEX-3': 'The secret is shown once; nothing can give it back',
    'LEX-4': 'Only a digest is stored',
    'LEX-5': 'The list: active keys, last four characters, label, creation date',
    'LEX-6': 'Revoking is final',
    'LEX-7': 'Admin and Manager create, view and revoke; nobody else may even view',
    'LEX-8': 'Webhooks of keys; a stream behind a customer key; 401, 403, errors as JSON',
  },
  lynxo: {
    'LYN-1': 'Developers → API Keys → Create New API Key; shown once',
    'LYN-2': 'Read Only, Read/Write, Full Access and custom scopes',
    'LYN-3': 'A key limited to named integrations',
    'LYN-4': 'Bearer on GET /v1/jobs; “Invalid API Key” with the four things to check',
    'LYN-5': 'Revoking asks and is final',
    'LYN-6': 'At most 50 active keys, also in a race',
    'LYN-7': 'Keys do not expire by themselves',
    'LYN-8': 'Rate limits by plan and key, raised by an operator for a while or for good',
    'LYN-9': 'Usage and activity are displayed',
    'LYN-10': 'Due for rotation after 90 days; the old key works for an overlap',
    'LYN-11': 'Keys for three environments, refused in the others',
    'LYN-12': 'The page and the help page advise',
  },
  'udi-connect': {
    'UDI-1': 'Settings → API Keys: the keys of both environments',
    'UDI-2': 'Create API Key: name, optional description, environment',
    'UDI-3': 'A key works only in its own environment',
    'UDI-4': 'A popup shows the key once',
    'UDI-5': 'The list: name, environment, creation date, an Actions menu',
    'UDI-6': 'Revoke disables for a time; Delete is permanent',
    'UDI-7': 'Thousands of keys stay usable',
    'UDI-8': 'Stage instead of Environment, expiry, Done closes the popup',
  },
  diga: {
    'DIG-1': 'Only administrators create, view and manage keys; a Team page shows roles',
    'DIG-2': 'The table: name, id, masked key, creation date, permissions',
    'DIG-3': 'Unrestricted, or No access / Read / Write for each of 19 resources',
    'DIG-4': 'Every resource obeys every level',
    'DIG-5': 'A key with Write on API keys manages others, never beyond itself',
    'DIG-6': 'Delete, confirmed by clicking Delete',
    'DIG-7': 'Permissions cannot be edited; the page says what to do instead',
    'DIG-8': 'Verbs behind levels, “Custom”, the last administrator, search and pages',
    'DIG-9': 'Good names, no limit, rotation, advice against unrestricted keys',
  },
  voxum: {
    'VOX-1': 'API Keys in the left menu: list, create, revoke',
    'VOX-2': 'Vague names get advice, good ones do not',
    'VOX-3': 'The list: name, first characters, created, last used, status',
    'VOX-4': 'Revoking acts at once; the key stays as a record',
    'VOX-5': 'X-API-Key alone; “Unauthorized” otherwise',
    'VOX-6': 'Last used finds unused keys',
    'VOX-7': 'A key reaches what it was made for, and nothing of another account',
    'VOX-8': 'The help page: when, how to keep it secret, troubleshooting',
    'VOX-9': 'English and French',
  },
}

/** What the servers of the tests keep their data in, by the name that a run gives it, as the table heads its column. */
const stores = { embedded: 'on SQLite', postgres: 'on PostgreSQL and Redis' } as const
const storeNames = Object.keys(stores) as readonly (keyof typeof stores)[]

/** One test of a run, as the report of Vitest has it. */
export interface RunTest {
  /** From the root of the repository. */
  readonly file: string
  readonly fullName: string
  readonly status: string
  readonly store: string
}

const idPattern = /\b[A-Z]{3}-\d+\b/g

interface Shown {
  readonly files: ReadonlySet<string>
  readonly tests: number
  readonly passed: number
}

function shownBy(tests: readonly RunTest[], system: string, id: string, onStore: string): Shown {
  const found = tests.filter(
    ({ file, fullName, store }) =>
      store === onStore &&
      file.startsWith(`examples/${system}/`) &&
      [...fullName.matchAll(idPattern)].some(([found]) => found === id),
  )
  return {
    files: new Set(found.map(({ file }) => file)),
    tests: found.length,
    passed: found.filter(({ status }) => status === 'passed').length,
  }
}

/** What is missing of a run: rows that have no test on a store, are in more than one file, or whose tests did not all pass. */
export function faultsOf(tests: readonly RunTest[]): readonly string[] {
  return Object.entries(rows).flatMap(([system, ids]) =>
    Object.keys(ids).flatMap((id) =>
      storeNames.flatMap((store) => {
        const { files, tests: count, passed } = shownBy(tests, system, id, store)
        if (count === 0) return [`${id} has no test in examples/${system} ${stores[store]}`]
        if (files.size > 1) return [`${id} is shown in more than one file: ${[...files].join(', ')}`]
        return passed === count ? [] : [`${id}: ${passed} of ${count} tests passed ${stores[store]}`]
      }),
    ),
  )
}

/** The table of a run, as examples/README.md shows it. */
export function tableOf(tests: readonly RunTest[]): string {
  const lines = Object.entries(rows).flatMap(([system, ids]) =>
    Object.entries(ids).map(([id, what]) => {
      const shown = storeNames.map((store) => shownBy(tests, system, id, store))
      const file = shown.flatMap(({ files }) => [...files])[0]
      const link = file === undefined ? '' : `[${file.replace('examples/', '')}](${file.replace('examples/', '')})`
      const counts = shown.map(
        ({ tests: count, passed }) => `${passed === count ? count : `${passed} of ${count}`} passed`,
      )
      return `| ${[id, what, link, ...counts].join(' | ')} |`
    }),
  )
  const head = ['row', 'what holds', 'shown in', ...Object.values(stores)]
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines].join('\n')
}

const begin = '<!-- rows -->'
const end = '<!-- /rows -->'

/** A text whose table between the two marks is replaced. */
export function withTable(text: string, table: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`examples/README.md has no place for the table: ${begin} … ${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}

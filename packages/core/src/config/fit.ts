import { permissionFault } from './grants.ts'
import { pathTo } from './report.ts'
import type { ResolvedConfig } from './resolved.ts'
import { isObject } from './shape.ts'
import type { KeywrightConfig } from './types.ts'

/** What the stored data names of a configuration, and how many rows name it. */
export interface UsedByData {
  /** By type and by the prefix that its keys carry. */
  readonly types: readonly { readonly id: string; readonly prefix: string; readonly count: number }[]
  /** `id` is null for keys outside any environment. `tag`: what the keys carry (null: none), absent where it is not known. */
  readonly environments: readonly {
    readonly id: string | null
    readonly tag?: string | null
    readonly count: number
  }[]
  readonly roles: readonly { readonly id: string; readonly count: number }[]
  readonly plans: readonly { readonly id: string; readonly count: number }[]
  readonly permissions: readonly { readonly permission: string; readonly count: number }[]
  readonly credentialsEnvironments: readonly { readonly id: string | null; readonly count: number }[]
  readonly credentialsAudiences: readonly { readonly id: string; readonly count: number }[]
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

/** One sentence for each thing that stored data has and a configuration does not know, with the fix; empty: they fit. */
export function configMisfits(config: ResolvedConfig, used: UsedByData): readonly string[] {
  return [
    ...used.types.flatMap((type) => typeMisfits(config, type)),
    ...used.environments.flatMap((environment) => environmentMisfits(config, environment)),
    ...used.roles
      .filter(({ id }) => !config.roleById.has(id))
      .map(({ id, count }) =>
        gone('role', id, `${counted(count, 'member')} with it`, 'roles', 'give them another role'),
      ),
    ...used.plans
      .filter(({ id }) => !config.planById.has(id))
      .map(({ id, count }) =>
        gone('plan', id, `${counted(count, 'account')} on it`, 'plans', 'move them to another plan'),
      ),
    ...used.permissions.flatMap(({ permission, count }) => permissionMisfits(config, permission, count)),
    ...used.credentialsEnvironments.flatMap(({ id, count }) => credentialMisfits(config, id, count)),
    ...audienceMisfits(config, used),
  ]
}

const gone = (what: string, id: string, who: string, where: string, instead: string): string =>
  `The ${what} '${id}' is not in the configuration, but there is stored data of it: ${who}. Put it back in ${where}, or ${instead} first.`

function typeMisfits(config: ResolvedConfig, { id, prefix, count }: UsedByData['types'][number]): readonly string[] {
  const keys = counted(count, 'key')
  const type = config.typeById.get(id)
  if (type === undefined) return [gone('type', id, keys, 'types', 'delete those keys')]
  if (type.prefix === prefix) return []
  return [
    `The type '${id}' now has the prefix '${type.prefix}', but there are keys with '${prefix}': ${keys}. A prefix is final once keys exist: set it back, or add a new type for the new prefix.`,
  ]
}

function environmentMisfits(
  config: ResolvedConfig,
  { id, tag, count }: UsedByData['environments'][number],
): readonly string[] {
  const keys = counted(count, 'key')
  if (id === null) {
    if (config.environments.length === 0) return []
    return [
      `There are environments now, but there are keys without one: ${keys}. Remove environments, or delete those keys first.`,
    ]
  }
  const environment = config.environmentById.get(id)
  if (environment === undefined) return [gone('environment', id, keys, 'environments', 'delete those keys')]
  if (tag === undefined || tag === environment.tag) return []
  const [was, now] = [tag, environment.tag].map((each) => (each === null ? 'no tag' : `the tag '${each}'`))
  return [
    `The environment '${id}' now has ${now}, but there are keys with ${was}: ${keys}. A tag is final once keys exist: set it back, or add a new environment.`,
  ]
}

function permissionMisfits(config: ResolvedConfig, permission: string, count: number): readonly string[] {
  const fault = permissionFault(permission, config)
  if (fault === null) return []
  return [
    `The permission '${permission}' ${fault}, but there are keys that hold it: ${counted(count, 'key')}. Put it back in resources, or take it from those keys first.`,
  ]
}

function credentialMisfits(config: ResolvedConfig, id: string | null, count: number): readonly string[] {
  const credentials = counted(count, 'verify credential')
  if (id === null) {
    if (config.environments.length === 0) return []
    return [
      `There are environments now, but there are credentials without one: ${credentials}. Delete them first and create new ones that name an environment.`,
    ]
  }
  if (config.environmentById.has(id)) return []
  return [gone('environment', id, credentials, 'environments', 'delete those credentials')]
}

function audienceMisfits(config: ResolvedConfig, used: UsedByData): readonly string[] {
  const known = new Set(config.types.flatMap(({ audiences }) => audiences))
  return used.credentialsAudiences
    .filter(({ id }) => !known.has(id))
    .map(({ id, count }) =>
      gone('audience', id, counted(count, 'verify credential'), 'the audiences of a type', 'delete those credentials'),
    )
}

const changesMax = 200

/** The paths that differ between two configurations, without their values, for the log; at most 200 lines, of which the last may count the rest. */
export function describeConfigChange(before: KeywrightConfig | null, after: KeywrightConfig): readonly string[] {
  const lines: string[] = []
  compare(before ?? {}, after, '', lines)
  if (lines.length <= changesMax) return lines
  return [...lines.slice(0, changesMax - 1), `and ${lines.length - changesMax + 1} more`]
}

function compare(before: unknown, after: unknown, path: string, lines: string[]): void {
  const [older, newer] = [itemsById(before), itemsById(after)]
  if (isObject(before) && isObject(after)) compareObjects(before, after, path, lines)
  else if (older !== undefined && newer !== undefined) compareItems(older, newer, path, lines)
  else if (!equal(before, after)) lines.push(`${path} changed`)
}

function compareObjects(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: string,
  lines: string[],
): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = pathTo(path, key)
    const [older, newer] = [before, after].map((side) => (Object.hasOwn(side, key) ? side[key] : undefined))
    if (older === undefined && newer === undefined) continue
    if (older === undefined) lines.push(`${at} added`)
    else if (newer === undefined) lines.push(`${at} removed`)
    else compare(older, newer, at, lines)
  }
}

/** The items of a list whose items all have an id of their own. */
function itemsById(list: unknown): ReadonlyMap<string, unknown> | undefined {
  if (!Array.isArray(list)) return undefined
  const byId = new Map<string, unknown>()
  for (const item of list as readonly unknown[]) {
    if (isObject(item) && typeof item.id === 'string') byId.set(item.id, item)
  }
  return byId.size === list.length ? byId : undefined
}

function compareItems(
  older: ReadonlyMap<string, unknown>,
  newer: ReadonlyMap<string, unknown>,
  path: string,
  lines: string[],
): void {
  for (const [index, id] of [...older.keys()].entries()) {
    if (!newer.has(id)) lines.push(`${pathTo(path, index)} removed`)
  }
  for (const [index, [id, item]] of [...newer].entries()) {
    if (older.has(id)) compare(older.get(id), item, pathTo(path, id), lines)
    else lines.push(`${pathTo(path, index)} added`)
  }
  const kept = [...older.keys()].filter((id) => newer.has(id))
  const order = [...newer.keys()].filter((id) => older.has(id))
  if (kept.some((id, index) => id !== order[index])) lines.push(`${path} reordered`)
}

function equal(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]))
  }
  if (isObject(left) && isObject(right)) {
    const keys = Object.keys(left)
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
    )
  }
  return left === right
}

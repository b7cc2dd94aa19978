import { idsOf, type Located, memberOf, objectsOf, stringsOf } from './reading.ts'
import { fixByName, pathTo, type Report } from './report.ts'
import { isObject } from './shape.ts'
import { keyActions } from './types.ts'

/** How many permissions one grant holds at most. */
export const permissionsMax = 1_000

/** Reports resources that contradict themselves, and presets, fixed grants and defaults that name what does not exist. */
export function checkGrants(config: unknown, report: Report): void {
  const resources = objectsOf(config, 'resources')
  const groupIds = idsOf(objectsOf(config, 'groups'))
  let manager: string | undefined
  for (const resource of resources) {
    checkResource(resource, report)
    checkName(resource, 'group', groupIds, 'is not in groups', 'Add the group to groups.', report)
    if (resource.value.manages !== 'keys') continue
    const at = pathTo(resource.path, 'manages')
    if (manager === undefined) manager = at
    else report(at, 'keys', `repeats ${manager}: only one resource can manage keys`, 'Remove one of the two.')
  }
  const presets = objectsOf(config, 'presets')
  for (const { path, value } of presets) checkGrant(value.grant, pathTo(path, 'grant'), resources, report)
  for (const { path, value } of objectsOf(config, 'types')) {
    checkGrant(value.fixedGrant, pathTo(path, 'fixedGrant'), resources, report)
  }
  checkUnrestricted(config, presets, report)
  checkChoosable(config, resources.length > 0, report)
}

function checkName(
  { path, value }: Located,
  key: string,
  known: readonly string[],
  message: string,
  fix: string,
  report: Report,
): void {
  const name = value[key]
  if (typeof name !== 'string' || known.includes(name)) return
  report(pathTo(path, key), name, message, fixByName(name, known, fix))
}

function checkResource({ path, value }: Located, report: Report): void {
  const verbs = stringsOf(value, 'verbs')
  if (value.manages === 'keys') {
    for (const verb of verbs.filter((verb) => !(keyActions as readonly string[]).includes(verb))) {
      const fix = fixByName(verb, keyActions, 'A resource that manages keys has key actions as its verbs.')
      report(pathTo(path, 'verbs'), verb, 'is not an action on keys', fix)
    }
  }
  let below: readonly string[] = []
  for (const [index, level] of objectsOf(value, 'levels', path).entries()) {
    const held = stringsOf(level.value, 'verbs')
    const at = pathTo(level.path, 'verbs')
    for (const verb of held.filter((verb) => !verbs.includes(verb))) {
      report(at, verb, 'is not a verb of the resource', fixByName(verb, verbs, `Add it to ${pathTo(path, 'verbs')}.`))
    }
    const lacking = below.filter((verb) => !held.includes(verb))
    if (lacking.length > 0) {
      const fix = `Add ${lacking.map((verb) => `'${verb}'`).join(', ')}; each level contains the one before, from least to most.`
      report(at, held, 'does not contain the level before it', fix)
    } else if (index > 0 && new Set(held).size <= new Set(below).size) {
      report(at, held, 'holds no more than the level before it', 'Add a verb, or remove the level.')
    }
    below = held
  }
  reportLongPermission(path, value, verbs, report)
}

function reportLongPermission(path: string, value: Located['value'], verbs: readonly string[], report: Report): void {
  if (typeof value.id !== 'string') return
  const longestOf = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length))
  const instances = idsOf(objectsOf(value, 'instances'))
  const instance = instances.length === 0 ? 0 : longestOf(instances) + 1
  if (value.id.length + 1 + longestOf(verbs) + instance <= 255) return
  const message = 'makes permissions longer than 255 characters'
  report(pathTo(path, 'id'), value.id, message, 'Shorten the ids of the resource, its verbs or its instances.')
}

/** The verbs and named instances (`null`: all) that an access names, as far as they can be read. */
function readAccess(access: unknown, resource: Located['value']): { verbs: readonly string[]; instances: number } {
  if (typeof access !== 'string') {
    const limited = memberOf(access, 'instances') !== undefined
    return { verbs: stringsOf(access, 'verbs'), instances: limited ? stringsOf(access, 'instances').length : 1 }
  }
  const level = objectsOf(resource, 'levels').find(({ value }) => value.id === access)
  return { verbs: stringsOf(level?.value, 'verbs'), instances: 1 }
}

function checkGrant(grant: unknown, path: string, resources: readonly Located[], report: Report): void {
  if (!isObject(grant)) return
  let count = 0
  for (const [id, access] of Object.entries(grant)) {
    const at = pathTo(path, id)
    const resource = resources.find(({ value }) => value.id === id)
    if (resource === undefined) {
      report(at, id, 'is not a resource', fixByName(id, idsOf(resources), 'Add it to resources, or remove it here.'))
      continue
    }
    checkAccess(access, at, resource, report)
    const read = readAccess(access, resource.value)
    count += read.verbs.length * read.instances
  }
  if (count > permissionsMax) {
    report(
      path,
      grant,
      `holds more than ${permissionsMax} permissions`,
      "Name fewer verbs or instances, or write 'unrestricted'.",
    )
  }
}

function checkAccess(access: unknown, path: string, { value, path: resourcePath }: Located, report: Report): void {
  if (typeof access === 'string') {
    const levels = idsOf(objectsOf(value, 'levels'))
    if (!levels.includes(access)) {
      const instead = 'Name a level of the resource; for no access leave the resource out.'
      report(path, access, 'is not a level of the resource', fixByName(access, levels, instead))
    }
    return
  }
  const verbs = stringsOf(value, 'verbs')
  for (const verb of stringsOf(access, 'verbs').filter((verb) => !verbs.includes(verb))) {
    const instead = `Add it to ${pathTo(resourcePath, 'verbs')}.`
    report(pathTo(path, 'verbs'), verb, 'is not a verb of the resource', fixByName(verb, verbs, instead))
  }
  const at = pathTo(path, 'instances')
  const instances = memberOf(access, 'instances')
  if (instances === undefined || value.instances === 'any') return
  if (value.instances === undefined) {
    report(at, instances, 'names instances of a resource that has none', 'Remove it, or give the resource instances.')
    return
  }
  const known = idsOf(objectsOf(value, 'instances'))
  for (const instance of stringsOf(access, 'instances').filter((instance) => !known.includes(instance))) {
    const instead = `Add it to ${pathTo(resourcePath, 'instances')}.`
    report(at, instance, 'is not an instance of the resource', fixByName(instance, known, instead))
  }
}

function checkUnrestricted(config: unknown, presets: readonly Located[], report: Report): void {
  const grants = memberOf(config, 'grants')
  const absent = (memberOf(grants, 'unrestricted') ?? 'absent') === 'absent'
  const offer = "Set grants.unrestricted to 'offered' or 'discouraged', or name the resources."
  for (const { path, value } of presets) {
    if (!absent || value.grant !== 'unrestricted') continue
    report(pathTo(path, 'grant'), value.grant, 'is unrestricted, which grants.unrestricted does not allow', offer)
  }
  const chosen = memberOf(grants, 'default')
  if (typeof chosen !== 'string') return
  if (chosen === 'unrestricted') {
    if (absent) report('grants.default', chosen, 'is unrestricted, which grants.unrestricted does not allow', offer)
  } else if (!idsOf(presets).includes(chosen)) {
    const known = [...idsOf(presets), ...(absent ? [] : ['unrestricted'])]
    report('grants.default', chosen, 'is not a preset', fixByName(chosen, known, 'Name a preset, or remove the field.'))
  }
}

/** Without resources a key simply holds nothing; with them, a key that nobody can give anything is a mistake. */
function checkChoosable(config: unknown, hasResources: boolean, report: Report): void {
  const grants = memberOf(config, 'grants')
  const choosable =
    memberOf(grants, 'custom') !== false ||
    objectsOf(config, 'presets').length > 0 ||
    (memberOf(grants, 'unrestricted') ?? 'absent') !== 'absent'
  if (!hasResources || choosable) return
  for (const { path, value } of objectsOf(config, 'types')) {
    if (value.fixedGrant !== undefined) continue
    const fix = 'Give the type a fixedGrant, add presets, or allow grants.custom or grants.unrestricted.'
    report(path, value.id, 'has keys for which no grant can be chosen', fix)
  }
}

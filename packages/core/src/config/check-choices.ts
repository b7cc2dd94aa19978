import { idsOf, memberOf, objectsOf } from './reading.ts'
import { fixByName, pathTo, type Report } from './report.ts'

/** Reports defaults and other choices that do not exist or contradict what else is configured. */
export function checkChoices(config: unknown, report: Report): void {
  checkReference(config, 'defaultType', 'types', report)
  checkReference(config, 'defaultEnvironment', 'environments', report)
  checkReference(config, 'defaultPlan', 'plans', report, ['default'])
  checkReference(config, 'lastingRole', 'roles', report, ['admin', 'member'])
  checkLimits(config, report)
  checkExpiry(memberOf(config, 'expiry'), report)
  checkRotation(memberOf(config, 'rotation'), report)
  checkActions(config, report)
  checkColumns(config, report)
}

/** `standard` are the ids that there are where the list is not configured. */
function checkReference(
  config: unknown,
  key: string,
  listKey: string,
  report: Report,
  standard: readonly string[] = [],
): void {
  const name = memberOf(config, key)
  if (typeof name !== 'string') return
  const known = memberOf(config, listKey) === undefined ? standard : idsOf(objectsOf(config, listKey))
  if (known.includes(name)) return
  report(key, name, `is not in ${listKey}`, fixByName(name, known, `Name one of ${listKey}, or remove the field.`))
}

function checkLimits(config: unknown, report: Report): void {
  for (const plan of objectsOf(config, 'plans')) {
    const own = objectsOf(plan.value, 'limits', plan.path)
    const shared = objectsOf(plan.value, 'accountLimits', plan.path)
    for (const { path, value } of [...own, ...shared]) {
      const { limit, burst } = value
      if (typeof burst !== 'number' || typeof limit !== 'number' || burst <= limit) continue
      report(
        pathTo(path, 'burst'),
        burst,
        'is more than the limit',
        'Write at most the limit, or leave it out for all at once.',
      )
    }
    for (const { path, value } of shared) {
      const twin = own.find((each) => typeof value.name === 'string' && each.value.name === value.name)
      if (twin === undefined) continue
      report(
        pathTo(path, 'name'),
        value.name,
        `repeats ${pathTo(twin.path, 'name')}`,
        'Give the two limits different names.',
      )
    }
  }
}

function checkExpiry(expiry: unknown, report: Report): void {
  if (expiry === undefined) return
  const choices = memberOf(expiry, 'choicesDays')
  const most = memberOf(expiry, 'maxDays')
  const stated = memberOf(expiry, 'defaultDays')
  const standard = stated === undefined ? null : stated
  if (typeof most === 'number') {
    for (const [index, days] of (Array.isArray(choices) ? choices : []).entries()) {
      const at = `expiry.choicesDays[${index}]`
      if (days === null)
        report(at, days, 'means never, but expiry.maxDays bounds the life of keys', 'Remove one of the two.')
      else if (typeof days === 'number' && days > most) {
        report(at, days, `is more than expiry.maxDays, ${most}`, 'Write at most that many days, or raise maxDays.')
      }
    }
  }
  if (Array.isArray(choices) && choices.length > 0) {
    if (choices.includes(standard)) return
    const message =
      stated === undefined ? 'is missing and would be null, never, which is no choice' : 'is not one of the choices'
    report('expiry.defaultDays', stated, message, 'Set it to one of expiry.choicesDays.')
  } else if (typeof most === 'number' && (standard === null || (typeof standard === 'number' && standard > most))) {
    const message =
      stated === undefined ? 'is missing and would be null, never' : 'is longer than expiry.maxDays allows'
    report('expiry.defaultDays', stated, message, `Set it to at most ${most} days.`)
  }
}

function checkRotation(rotation: unknown, report: Report): void {
  const stated = memberOf(rotation, 'defaultOverlapSeconds')
  const offered = memberOf(rotation, 'overlapsSeconds') ?? standardOverlapsSeconds
  if (typeof stated !== 'number' || !Array.isArray(offered) || offered.includes(stated)) return
  const fix = 'Set it to one of rotation.overlapsSeconds, or add it there.'
  report('rotation.defaultOverlapSeconds', stated, 'is not one of the overlaps', fix)
}

/** The overlaps that are offered where none are configured: none, an hour, a day, a week. */
export const standardOverlapsSeconds: readonly number[] = [0, 3_600, 86_400, 604_800]

function checkActions(config: unknown, report: Report): void {
  const actions = memberOf(config, 'actions')
  if (memberOf(actions, 'pause') !== undefined && memberOf(actions, 'reactivate') === undefined) {
    const fix = 'Add actions.reactivate, or offer revoke, which is final, instead of pause.'
    report('actions.pause', memberOf(actions, 'pause'), 'could not be undone, since actions.reactivate is missing', fix)
  }
  const nameless = memberOf(memberOf(memberOf(config, 'fields'), 'name'), 'presence') === 'absent'
  if (!nameless || typeof actions !== 'object' || actions === null) return
  for (const [name, action] of Object.entries(actions)) {
    if (memberOf(action, 'confirm') !== 'type-name') continue
    const at = `${pathTo('actions', name)}.confirm`
    report(
      at,
      'type-name',
      'asks for a name, but keys have none',
      "Write 'dialog', or let keys have names in fields.name.",
    )
  }
}

function checkColumns(config: unknown, report: Report): void {
  const columns = memberOf(memberOf(config, 'display'), 'columns')
  if (!Array.isArray(columns)) return
  const refuse = (column: string, message: string) => {
    const index = columns.indexOf(column)
    if (index >= 0) report(`display.columns[${index}]`, column, message, 'Remove the column.')
  }
  if (objectsOf(config, 'environments').length === 0) refuse('environment', 'is empty, since there are no environments')
  if (memberOf(memberOf(memberOf(config, 'fields'), 'name'), 'presence') === 'absent') {
    refuse('name', 'is empty, since keys have no names')
  }
}

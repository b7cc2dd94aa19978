import { checkChoices } from './check-choices.ts'
import { checkGrants } from './check-grants.ts'
import { checkPrefixes } from './check-prefixes.ts'
import { type ConfigError, collectErrors, unreadable } from './report.ts'
import { resolveConfig } from './resolve.ts'
import type { ResolvedConfig } from './resolved.ts'
import { grants, groups, presets, resources } from './rules-grants.ts'
import {
  acceptedHeaders,
  actions,
  activity,
  caps,
  display,
  environments,
  expiry,
  plans,
  roles,
  rotation,
  types,
} from './rules-keys.ts'
import { fields, help, problemTexts, product, tips, wordsRule } from './rules-words.ts'
import { id, isObject, objectOf, optional, required } from './shape.ts'
import { takeSnapshot } from './snapshot.ts'
import { languageTagPattern } from './text.ts'
import type { KeywrightConfig } from './types.ts'

export { type ConfigError, formatConfigError } from './report.ts'

const configuration = objectOf<KeywrightConfig>({
  product: required(product, "Write product: { name: '…' }."),
  words: optional(wordsRule),
  fields: optional(fields),
  types: required(types, "Write at least one type: types: [{ id, prefix, label, audiences: ['api'] }]."),
  defaultType: optional(id),
  environments: optional(environments),
  defaultEnvironment: optional(id),
  groups: optional(groups),
  resources: optional(resources),
  presets: optional(presets),
  grants: optional(grants),
  roles: optional(roles),
  lastingRole: optional(id),
  actions: optional(actions),
  expiry: optional(expiry),
  rotation: optional(rotation),
  caps: optional(caps),
  plans: optional(plans),
  defaultPlan: optional(id),
  display: optional(display),
  acceptedHeaders: optional(acceptedHeaders),
  problems: optional(problemTexts),
  tips: optional(tips),
  help: optional(help),
  activity: optional(activity),
})

/** A configuration in force, or all that is wrong with it (at most a hundred errors). */
export type ConfigValidation =
  | { readonly ok: true; readonly config: ResolvedConfig }
  | { readonly ok: false; readonly errors: readonly ConfigError[] }

/** Checks an untrusted configuration completely and fills in its defaults. It never throws and never changes its input. */
export function validateConfig(input: unknown): ConfigValidation {
  const { report, errors } = collectErrors()
  const taken = takeSnapshot(input, report)
  if (taken !== unreadable) {
    configuration(taken, '', { report, languages: languagesOf(taken) })
    checkPrefixes(taken, report)
    checkGrants(taken, report)
    checkChoices(taken, report)
  }
  // Nothing was reported, so the plain copy is what the types say.
  return errors.length > 0 ? { ok: false, errors } : { ok: true, config: resolveConfig(taken as KeywrightConfig) }
}

function languagesOf(taken: unknown): readonly [string, ...string[]] {
  const stated = isObject(taken) && isObject(taken.product) ? taken.product.languages : undefined
  const tags = Array.isArray(stated)
    ? stated.filter((tag): tag is string => typeof tag === 'string' && languageTagPattern.test(tag))
    : []
  const [first, ...others] = tags
  return first === undefined ? ['en'] : [first, ...others]
}

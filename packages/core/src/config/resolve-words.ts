import { type ProblemCode, problems } from '../problem.ts'
import { standardWords } from './defaults.ts'
import type { ResolvedConfig, ResolvedProblemText } from './resolved.ts'
import type { FieldConfig, HelpSectionConfig, KeywrightConfig, Text } from './types.ts'

/** The product with its defaults. */
export function resolveProduct({ product }: KeywrightConfig): ResolvedConfig['product'] {
  const [first = 'en', ...others] = product.languages ?? []
  const { support, reference, team, errors, dashboard } = product.links ?? {}
  return {
    name: product.name,
    languages: [first, ...others],
    defaultLanguage: first,
    links: {
      support: support ?? null,
      reference: reference ?? null,
      team: team ?? null,
      errors: errors ?? null,
      dashboard: dashboard ?? null,
    },
  }
}

/** The words with their defaults. */
export function resolveWords(words: KeywrightConfig['words'] = {}): ResolvedConfig['words'] {
  const { account, key, environment, type, member, menu, menuPlace, create, done } = words
  return {
    account: account ?? standardWords.account,
    key: key ?? standardWords.key,
    environment: environment ?? standardWords.environment,
    type: type ?? standardWords.type,
    member: member ?? standardWords.member,
    menu: menu ?? standardWords.menu,
    menuPlace: menuPlace ?? 'side',
    create: create ?? standardWords.create,
    done: done ?? standardWords.done,
  }
}

/** The fields of a key with their defaults. */
export function resolveFields(fields: KeywrightConfig['fields'] = {}): ResolvedConfig['fields'] {
  const resolve = (field: FieldConfig | undefined, presence: FieldConfig['presence'], label: Text) => ({
    presence: field?.presence ?? presence,
    label: field?.label ?? label,
    hint: field?.hint ?? null,
  })
  const advice = fields.name?.advice
  return {
    name: {
      ...resolve(fields.name, 'required', standardWords.name),
      advice: advice === undefined ? null : { ...advice, examples: advice.examples ?? [] },
    },
    description: resolve(fields.description, 'optional', standardWords.description),
  }
}

/** The texts of every problem, those of the table where none are configured; a missing key is told like an invalid one where only that is. */
export function resolveProblems(texts: NonNullable<KeywrightConfig['problems']>): ResolvedConfig['problems'] {
  const statedOf = (code: ProblemCode) => (Object.hasOwn(texts, code) ? texts[code] : undefined)
  const entries = (Object.keys(problems) as ProblemCode[]).map((code): [ProblemCode, ResolvedProblemText] => {
    const stated = statedOf(code) ?? (code === 'credential_missing' ? statedOf('invalid_token') : undefined)
    return [
      code,
      { title: stated?.title ?? problems[code].title, detail: stated?.detail ?? null, check: stated?.check ?? [] },
    ]
  })
  return Object.fromEntries(entries) as Record<ProblemCode, ResolvedProblemText>
}

/** The sections of the help page, each with all its parts. */
export const resolveHelp = (sections: readonly HelpSectionConfig[]): ResolvedConfig['help'] =>
  sections.map(({ id, title, body, items, links }) => ({
    id,
    title,
    body: body ?? null,
    items: items ?? [],
    links: links ?? [],
  }))

import { problems } from '../problem.ts'
import { fixByName, pathTo } from './report.ts'
import {
  id,
  isObject,
  listOf,
  objectOf,
  oneOf,
  optional,
  type Rule,
  recordOf,
  required,
  stringLike,
  url,
} from './shape.ts'
import { languageTagPattern, lookUpLanguage } from './text.ts'
import type {
  FieldConfig,
  HelpSectionConfig,
  KeywrightConfig,
  NameFieldConfig,
  NounConfig,
  ProblemTextConfig,
} from './types.ts'

/** The rule of a language tag. */
const languageTag: Rule = stringLike(languageTagPattern, 35, "Write a language tag such as 'en', 'fr' or 'pt-BR'.")

const textOf =
  (max: number): Rule =>
  (value, path, context) => {
    const { languages, report } = context
    if (typeof value === 'string') return words(value, path, context)
    if (!isObject(value)) {
      return report(path, value, 'must be a text', "Write one text, or one per language: { en: '…', fr: '…' }.")
    }
    const tags = Object.keys(value)
    for (const tag of tags) {
      const at = pathTo(path, tag)
      if (!languageTagPattern.test(tag)) languageTag(tag, at, context)
      else if (!languages.some((language) => speaks(language, tag))) {
        report(
          at,
          tag,
          'is in a language that product.languages does not name',
          `Add '${tag}' to product.languages, or remove the text.`,
        )
      }
      words(value[tag], at, context)
    }
    if (lookUpLanguage(languages[0], tags) === undefined) {
      report(
        path,
        value,
        'lacks the default language',
        `Add the text in '${languages[0]}', the first of product.languages.`,
      )
    }

    function words(one: unknown, at: string, { report }: Parameters<Rule>[2]): void {
      if (typeof one !== 'string') {
        if (typeof one !== 'symbol') report(at, one, 'must be a text', 'Write the text in quotes.')
      } else if (one.trim() === '')
        report(at, one, 'is an empty text', 'Write at least one visible character, or leave the field out.')
      else if (one.length > max) report(at, one, `is longer than ${max} characters`, 'Shorten the text.')
    }
  }

const primaryOf = (tag: string): string => tag.toLowerCase().split('-')[0] as string
const speaks = (language: string, tag: string): boolean => primaryOf(language) === primaryOf(tag)

/** The rule of a short text: a label, a title, a word. */
export const label: Rule = textOf(200)

/** The rule of a longer text. */
export const prose: Rule = textOf(10_000)

const noun = objectOf<NounConfig>({
  one: required(label, "Write the word for one, such as 'account'."),
  many: required(label, "Write the word for many, such as 'accounts'."),
})

const productName = required(label, "Write your product's name.")

/** The rule of `product`. */
export const product: Rule = objectOf<KeywrightConfig['product']>({
  name: productName,
  languages: optional((value, path, context) => {
    listOf(languageTag, { min: 1, max: 100, unique: 'item' })(value, path, context)
    if (!Array.isArray(value)) return
    const lower = value.map((tag: unknown) => (typeof tag === 'string' ? tag.toLowerCase() : tag))
    for (const [index, tag] of lower.entries()) {
      const first = lower.indexOf(tag)
      if (first < index && value[first] !== value[index]) {
        context.report(
          pathTo(path, index),
          value[index],
          `repeats ${pathTo(path, first)} in another case`,
          'Remove one of the two.',
        )
      }
    }
  }),
  links: optional(
    objectOf<NonNullable<KeywrightConfig['product']['links']>>({
      support: optional(url),
      reference: optional(url),
      team: optional(url),
      errors: optional(url),
      dashboard: optional(url),
    }),
  ),
})

/** The rule of `words`. */
export const wordsRule: Rule = objectOf<NonNullable<KeywrightConfig['words']>>({
  account: optional(noun),
  key: optional(noun),
  environment: optional(noun),
  type: optional(noun),
  member: optional(noun),
  menu: optional(listOf(label, { min: 1, max: 5 })),
  menuPlace: optional(oneOf(['top', 'side'])),
  create: optional(label),
  done: optional(label),
})

const presence = required(oneOf(['required', 'optional', 'absent']), "Write 'required', 'optional' or 'absent'.")

const advice = objectOf<NonNullable<NameFieldConfig['advice']>>({
  vague: required(listOf(label, { min: 1, unique: 'item' }), "List the vague names, such as ['key', 'test']."),
  text: required(prose, 'Write the advice that is shown.'),
  examples: optional(listOf(label, { unique: 'item' })),
})

/** The rule of `fields`. */
export const fields: Rule = objectOf<NonNullable<KeywrightConfig['fields']>>({
  name: optional(
    objectOf<NameFieldConfig>({ presence, label: optional(label), hint: optional(prose), advice: optional(advice) }),
  ),
  description: optional(objectOf<FieldConfig>({ presence, label: optional(label), hint: optional(prose) })),
})

const problemCodes = Object.keys(problems)

/** The rule of `problems`. */
export const problemTexts: Rule = recordOf(
  (code, path, { report }) => {
    if (typeof code === 'string' && Object.hasOwn(problems, code)) return
    report(
      path,
      code,
      'is not the code of a problem',
      fixByName(code, problemCodes, 'Use a code of the table of problems.'),
    )
  },
  objectOf<ProblemTextConfig>({
    title: required(label, 'Write the title that callers see.'),
    detail: optional(prose),
    check: optional(listOf(prose, { max: 20 })),
  }),
)

/** The rule of `tips`. */
export const tips: Rule = listOf(prose, { max: 100 })

type HelpLink = NonNullable<HelpSectionConfig['links']>[number]

/** The rule of `help`. */
export const help: Rule = listOf(
  objectOf<HelpSectionConfig>({
    id: required(id, 'Give the section an id of its own.'),
    title: required(label, 'Write the title of the section.'),
    body: optional(prose),
    items: optional(listOf(prose, { max: 100 })),
    links: optional(
      listOf(
        objectOf<HelpLink>({
          label: required(label, 'Write the text of the link.'),
          href: required(url, 'Write the address that the link leads to.'),
        }),
        { max: 50 },
      ),
    ),
  }),
  { max: 100, unique: 'id' },
)

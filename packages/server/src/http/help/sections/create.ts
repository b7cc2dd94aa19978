import type { Text } from '@keywright/core'
import { type Html, html } from '../../html.ts'
import { endingAction, type Help, type HelpSection, isGrantChosen, menuPath } from '../model.ts'
import { list, paragraph, prose } from '../parts.ts'

const preselected = ({ words }: Help, label: string | undefined): string | null =>
  label === undefined ? null : words.create.preselected(words.quote(label))

const step = (sentence: string, ...more: readonly (string | null)[]): Html =>
  html`${prose([sentence, ...more].filter((each) => each !== null).join(' '))}`

function nameStep(help: Help): Html | null {
  const { config, words, format, say } = help
  const { presence, label, hint, advice } = config.fields.name
  if (presence === 'absent') return null
  const quoted = (texts: readonly Text[]) => texts.map((each) => words.quote(say(each)))
  return step(
    words.create[presence](words.quote(say(label))),
    hint === null ? null : say(hint),
    advice === null ? null : say(advice.text),
    advice === null || advice.examples.length === 0 ? null : words.create.examples(format.and(quoted(advice.examples))),
    advice === null ? null : words.create.vague(format.and(quoted(advice.vague.slice(0, 4)))),
  )
}

function descriptionStep(help: Help): Html | null {
  const { words, say } = help
  const { presence, label, hint } = help.config.fields.description
  if (presence === 'absent') return null
  return step(words.create[presence](words.quote(say(label))), hint === null ? null : say(hint))
}

function typeStep(help: Help): Html | null {
  const { config, words, nouns, format, say } = help
  if (config.types.length < 2) return null
  const chosen = config.types.find(({ id }) => id === config.defaultType)
  return step(
    words.create.type(nouns, format.or(config.types.map(({ label }) => words.quote(say(label))))),
    preselected(help, chosen === undefined ? undefined : say(chosen.label)),
  )
}

function environmentStep(help: Help): Html | null {
  const { config, words, nouns, format, say } = help
  if (config.environments.length === 0) return null
  const chosen = config.environments.find(({ id }) => id === config.defaultEnvironment)
  return step(
    words.create.environment(nouns, format.or(config.environments.map(({ label }) => words.quote(say(label))))),
    words.create.environmentMatters(nouns),
    preselected(help, chosen === undefined ? undefined : say(chosen.label)),
  )
}

function grantStep(help: Help): Html | null {
  const { config, words, format, say } = help
  if (!isGrantChosen(config)) return null
  const { unrestricted, unrestrictedPreset, custom } = config.grants
  const bare = unrestricted !== 'absent' && unrestrictedPreset === null
  const choices = [
    ...config.presets.map(({ label }) => words.quote(say(label))),
    ...(bare ? [words.create.unrestricted] : []),
    ...(custom && config.resources.length > 0 ? [words.create.custom] : []),
  ]
  const preset = config.presets.find(({ id }) => id === config.grants.default)
  const standard = preset === undefined ? undefined : say(preset.label)
  const label = config.grants.default === 'unrestricted' ? words.permissions.unrestricted : standard
  return html`${step(words.create.permissions(format.or(choices)), preselected(help, label))} <a href="#permissions">${words.create.more}</a>.`
}

function expiryStep(help: Help): Html | null {
  const { config, words, format } = help
  const { choicesDays, defaultDays, maxDays } = config.expiry
  const say = (days: number | null) => (days === null ? words.never : words.create.days(format.days(days)))
  const most = maxDays === null ? null : words.create.expiryMost(format.days(maxDays))
  if (choicesDays === null) return step(maxDays === null ? words.create.expiryFree : words.create.expiryFreeDate, most)
  if (choicesDays.every((days) => days === null)) return null
  return step(words.create.expiry(format.or(choicesDays.map(say))), preselected(help, say(defaultDays)))
}

/** How a key is made, step by step, and that it is shown once. */
export function createSection(help: Help): HelpSection {
  const { config, words, say } = help
  const create = words.quote(say(config.words.create))
  const steps = [
    step(words.create.open(menuPath(help))),
    step(words.create.press(create)),
    typeStep(help),
    nameStep(help),
    descriptionStep(help),
    environmentStep(help),
    grantStep(help),
    expiryStep(help),
    step(words.create.copy(create), words.create.done(words.quote(say(config.words.done)))),
  ]
  return {
    id: 'create',
    title: words.create.title,
    body: html`${list(steps, true)}<h3 id="shown-once">${words.create.onceTitle}</h3>
${paragraph(words.create.once)}`,
  }
}

/** What to do about a key that was lost. */
export function lostSteps(help: Help): Html | null {
  const { words } = help
  const ending = endingAction(help)
  return list(
    [
      prose(words.lost.gone),
      prose(words.lost.replace),
      prose(words.lost.update),
      ending !== null && prose(words.lost.retire(words.quote(ending))),
    ],
    true,
  )
}

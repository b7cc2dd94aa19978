import { type KeyColumn, lifecycleActions } from '@keywright/core'
import { html } from '../../html.ts'
import { type Help, type HelpSection, isGrantChosen, possibleStates } from '../model.ts'
import { fullTable, paragraph } from '../parts.ts'

function columnLabel({ config, words, nouns, format, say }: Help, column: KeyColumn): string {
  if (column === 'name') return say(config.fields.name.label)
  if (column === 'type') return format.begin(nouns.type)
  if (column === 'environment') return format.begin(nouns.environment)
  return words.list.columns[column][0] ?? column
}

function columnMeaning({ config, words, format, say }: Help, column: KeyColumn): string {
  const { mask, stateLabels, listedStates } = config.display
  if (column === 'preview') return words.list[mask.kind](mask.characters, format.number(mask.characters))
  if (column === 'permissions' && isGrantChosen(config) && config.grants.unrestricted !== 'absent')
    return words.list.restricted
  if (column === 'state') {
    const shown = possibleStates(config).filter((state) => listedStates.includes(state))
    return words.list.states(format.or(shown.map((state) => format.lower(say(stateLabels[state])))))
  }
  return words.list.columns[column][1] ?? ''
}

/** The columns of the list of keys, and which keys are on it. */
export function listSection(help: Help): HelpSection {
  const { config, words, format, say } = help
  const { columns, listedStates, stateLabels } = config.display
  const states = possibleStates(config)
  const listed = states.filter((state) => listedStates.includes(state))
  const actions = lifecycleActions.flatMap((name) => {
    const action = config.actions[name]
    return action === undefined ? [] : [words.quote(say(action.label))]
  })
  return {
    id: 'list',
    title: words.list.title,
    body: html`${fullTable(
      'list-columns',
      words.list.caption,
      [words.list.column, words.list.meaning],
      columns.map((column) => ({ head: columnLabel(help, column), cells: [columnMeaning(help, column)] })),
    )}${paragraph(
      listed.length === states.length
        ? words.list.every
        : words.list.some(format.and(listed.map((state) => format.lower(say(stateLabels[state]))))),
      config.fields.name.presence === 'absent' ? words.list.searchNameless : words.list.search,
      actions.length > 0 && words.list.menu(format.or(actions)),
    )}`,
  }
}

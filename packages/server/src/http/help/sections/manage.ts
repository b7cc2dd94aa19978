import { type LifecycleAction, lifecycleActions } from '@keywright/core'
import { type Html, html } from '../../html.ts'
import { type Help, type HelpSection, possibleStates } from '../model.ts'
import { fullTable, list, paragraph, prose } from '../parts.ts'

function statesTable(help: Help): Html {
  const { config, words, say } = help
  const { reactivate } = config.actions
  return html`<h3 id="states">${words.manage.statesTitle}</h3>
${fullTable(
  'states-table',
  words.manage.statesCaption,
  [words.manage.status, words.manage.meaning],
  possibleStates(config).map((state) => ({
    head: say(config.display.stateLabels[state]),
    cells: [
      state === 'paused' && reactivate !== undefined
        ? `${words.manage.states.paused} ${words.manage.pausedBack(words.quote(say(reactivate.label)))}`
        : words.manage.states[state],
    ],
  })),
)}`
}

/** What an action does beyond what its warning says; `null`: nothing. */
function effectOf(help: Help, name: LifecycleAction): string | null {
  const { config, words, say } = help
  const { effects } = words.manage
  const { pause, reactivate } = config.actions
  if (name === 'pause') return reactivate === undefined ? null : effects.pause(words.quote(say(reactivate.label)))
  if (name === 'reactivate') return pause === undefined ? null : effects.reactivate(words.quote(say(pause.label)))
  return effects[name]
}

/** What follows of a revocation for the list. */
function afterwards({ config, words }: Help, name: LifecycleAction): string | null {
  if (name !== 'revoke') return null
  return config.display.listedStates.includes('revoked') ? words.manage.record : words.manage.leaves
}

function actionPart(help: Help, name: LifecycleAction): Html | null {
  const { config, words, say } = help
  const action = config.actions[name]
  if (action === undefined) return null
  const label = words.quote(say(action.label))
  const confirm = words.manage.confirm[action.confirm]
  const ends = name === 'revoke' || name === 'delete'
  return html`<h3 id="${name}">${say(action.label)}</h3>
<p>${say(action.warning)}</p>
${paragraph(effectOf(help, name), afterwards(help, name), ends && words.manage.whenNeeded)}${list(
  [
    prose(words.manage.find),
    prose(words.manage.choose(label)),
    prose(typeof confirm === 'string' ? confirm : confirm(label)),
    ends && prose(words.manage.replace),
  ],
  true,
)}`
}

/** What a key can be, and what can be done with it, under the names that the configuration gives. */
export function manageSection(help: Help): HelpSection {
  const { config, words, say } = help
  const { revoke, delete: remove } = config.actions
  const keepsRecord = revoke !== undefined && remove !== undefined && config.display.listedStates.includes('revoked')
  return {
    id: 'manage',
    title: words.manage.title,
    body: html`${statesTable(help)}${lifecycleActions.map((name) => actionPart(help, name))}${
      keepsRecord && paragraph(words.manage.keepRecord(words.quote(say(revoke.label)), words.quote(say(remove.label))))
    }`,
  }
}

/** When keys are due for rotation and how it is done; `null` where neither is configured. */
export function rotationSection(help: Help): HelpSection | null {
  const { config, words, format, say } = help
  const { dueAfterDays, overlapsSeconds, defaultOverlapSeconds } = config.rotation
  const { rotate } = config.actions
  if (rotate === undefined && dueAfterDays === null) return null
  const overlap = (seconds: number) => (seconds === 0 ? words.rotation.noOverlap : format.seconds(seconds))
  const due = dueAfterDays === null ? null : words.rotation.due(format.days(dueAfterDays))
  return {
    id: 'rotation',
    title: words.rotation.title,
    body: html`${paragraph(due, rotate === undefined ? words.rotation.byHand : words.rotation.how(words.quote(say(rotate.label))))}${
      rotate !== undefined &&
      list([
        prose(words.rotation.overlaps(format.or(overlapsSeconds.map(overlap)))),
        prose(words.rotation.preselected(overlap(defaultOverlapSeconds))),
        prose(words.rotation.newest),
      ])
    }`,
  }
}

import { equalGrants, type ProblemCode, problems, type ResolvedConfig } from '@keywright/core'
import { type Html, html } from '../../html.ts'
import { type Help, type HelpSection, headerLine, possibleStates } from '../model.ts'
import { list, paragraph, prose } from '../parts.ts'
import type { HelpWords } from '../words/en.ts'
import { lostSteps } from './create.ts'

type Refusal = keyof HelpWords['trouble']['titles']

const isStated = ({ source }: ResolvedConfig, code: ProblemCode): boolean =>
  source.problems !== undefined && Object.hasOwn(source.problems, code)

/** Whether a key can lack what another has. */
function canLack({ types, resources }: ResolvedConfig): boolean {
  return (
    resources.length > 0 &&
    types.some(({ fixedGrant }) => fixedGrant === null || !equalGrants(fixedGrant, 'unrestricted'))
  )
}

/** Whether this configuration brings a refusal about. */
const occurs: Readonly<Record<Refusal, (config: ResolvedConfig) => boolean>> = {
  invalid_token: () => true,
  credential_missing: () => true,
  credential_ambiguous: () => true,
  insufficient_scope: canLack,
  wrong_type: ({ types }) => new Set(types.map(({ audiences }) => [...audiences].sort().join())).size > 1,
  network_not_allowed: () => true,
  rate_limited: ({ plans }) => plans.some(({ limits, accountLimits }) => limits.length + accountLimits.length > 0),
  quota_exceeded: ({ plans }) => plans.some(({ quota }) => quota !== null),
  unavailable: () => true,
  active_keys_cap: ({ plans }) => plans.some(({ activeKeysMax }) => activeKeysMax !== null),
}

/** Refusals that customers meet on the page or over the API and that are listed only where the configuration words them. */
const further: readonly ProblemCode[] = [
  'forbidden',
  'key_not_found',
  'key_state_conflict',
  'key_not_newest',
  'action_not_offered',
  'grant_not_editable',
  'not_allowed_by_configuration',
  'exceeds_creator',
  'exceeds_children',
  'last_member_of_role',
  'account_suspended',
  'too_many_requests',
]

function standardChecks(help: Help, code: ProblemCode): readonly string[] {
  const { config, words, nouns, format, say } = help
  const { checks } = words.trouble
  const header = checks.header(format.or(config.acceptedHeaders.map((each) => `\`${headerLine(each)}\``)))
  const refused = possibleStates(config).filter((state) => state !== 'active')
  const labels = refused.map((state) => format.lower(say(config.display.stateLabels[state])))
  const byCode: Readonly<Partial<Record<ProblemCode, readonly (string | false)[]>>> = {
    credential_missing: [checks.missing, header],
    credential_ambiguous: [checks.several],
    invalid_token: [
      checks.copied,
      labels.length > 0 && checks.state(format.or(labels)),
      config.actions.delete !== undefined && checks.deleted,
      config.environments.length > 1 && checks.environment(nouns),
      header,
    ],
    insufficient_scope: [checks.permission],
    wrong_type: [checks.type(nouns)],
    network_not_allowed: [checks.network],
    rate_limited: [checks.wait],
    quota_exceeded: [
      config.plans.some(({ quota }) => quota !== null && quota.period !== null) ? checks.quota : checks.quotaInAll,
    ],
    unavailable: [checks.again],
    active_keys_cap: [checks.cap],
  }
  return (byCode[code] ?? []).filter((each) => each !== false)
}

interface Entry {
  readonly codes: readonly ProblemCode[]
  readonly title: string
  readonly body: Html
}

function entryOf(help: Help, code: ProblemCode): Entry {
  const { config, words, say } = help
  const { title, detail, check } = config.problems[code]
  const ours: Readonly<Partial<Record<ProblemCode, string>>> = words.trouble.titles
  const stated = isStated(config, code) || check.length > 0
  const checks = check.length > 0 ? check.map(say) : standardChecks(help, code).map((each) => prose(each))
  return {
    codes: [code],
    title: stated ? say(title) : (ours[code] ?? say(title)),
    body: html`${detail !== null && html`<p>${say(detail)}</p>\n`}${list(checks)}`,
  }
}

/** The refusals of this configuration; those that are worded the same are one. */
function entries(help: Help): readonly Entry[] {
  const { config } = help
  const own = (Object.keys(occurs) as Refusal[]).filter((code) => occurs[code](config) || isStated(config, code))
  const codes: readonly ProblemCode[] = [...own, ...further.filter((code) => isStated(config, code))]
  const merged: Entry[] = []
  for (const entry of codes.map((code) => entryOf(help, code))) {
    const twin = merged.findIndex(({ title, body }) => title === entry.title && body.text === entry.body.text)
    const found = merged[twin]
    if (found === undefined) merged.push(entry)
    else merged[twin] = { ...found, codes: [...found.codes, ...entry.codes] }
  }
  return merged
}

/** What to check, error by error, as the API answers them; and what to do about a lost key. */
export function troubleSection(help: Help): HelpSection {
  const { config, words, format } = help
  const { errors } = config.product.links
  const answered = ({ codes }: Entry) => {
    const statuses = [...new Set(codes.map((code) => problems[code].status))].map(String)
    return words.trouble.answered(format.or(statuses), format.or(codes.map((code) => `\`${code}\``)))
  }
  return {
    id: 'troubleshooting',
    title: words.trouble.title,
    body: html`${paragraph(words.trouble.lead)}${errors !== null && html`<p><a href="${errors}">${words.trouble.errors}</a></p>\n`}${entries(
      help,
    ).map(
      (entry) => html`<h3 id="${entry.codes[0] ?? ''}">${entry.title}</h3>
<p class="soft">${prose(answered(entry))}</p>
${entry.body}`,
    )}<h3 id="lost">${words.lost.title}</h3>
${lostSteps(help)}`,
  }
}

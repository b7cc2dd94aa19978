import type { Quota, ResolvedLimit, ResolvedPlan } from '@keywright/core'
import { type Html, html } from '../../html.ts'
import type { Help, HelpSection } from '../model.ts'
import { fullTable, list, paragraph, prose } from '../parts.ts'

function limitsText({ words, format }: Help, limits: readonly ResolvedLimit[]): Html | string {
  if (limits.length === 0) return ''
  return html`${list(
    limits.map(({ limit, windowSeconds, burst }) => {
      const unit = format.unitOf(windowSeconds)
      const rate =
        unit === null
          ? words.limits.rate(format.number(limit), format.seconds(windowSeconds))
          : words.limits.rateOfUnit(format.number(limit), unit)
      return burst === limit ? rate : `${rate}, ${words.limits.burst(format.number(burst))}`
    }),
  )}`
}

function quotaText({ words, format }: Help, quota: Quota | null): string {
  if (quota === null) return ''
  const said = { day: words.limits.perDay, month: words.limits.perMonth, all: words.limits.inAll }
  return said[quota.period ?? 'all'](format.number(quota.limit))
}

function plansTable(help: Help): Html | null {
  const { config, words, format, say } = help
  const hasMore = config.plans.some((plan) => plan.limits.length + plan.accountLimits.length > 0 || plan.quota !== null)
  if (config.source.plans === undefined && !hasMore) return null
  const capped = config.plans.some(({ activeKeysMax }) => activeKeysMax !== null)
  const rowOf = ({ label, limits, accountLimits, quota, activeKeysMax }: ResolvedPlan) => ({
    head: say(label),
    cells: [
      !capped ? '' : activeKeysMax === null ? words.unlimited : format.number(activeKeysMax),
      limitsText(help, limits),
      limitsText(help, accountLimits),
      quotaText(help, quota),
    ],
  })
  const { plan, active, each, shared, quota, caption, captionOne } = words.limits
  const isOne = config.plans.length === 1
  const starting = config.planById.get(config.defaultPlan)
  return html`${fullTable('limits-table', isOne ? captionOne : caption, [plan, active, each, shared, quota], config.plans.map(rowOf))}${
    !isOne && starting !== undefined && paragraph(words.limits.starting(help.nouns, say(starting.label)))
  }`
}

function capSentences({ config, words, nouns, format }: Help): readonly string[] {
  const caps = [...new Set(config.plans.map(({ activeKeysMax }) => activeKeysMax))]
  const [only] = caps
  const notes =
    config.actions.rotate === undefined ? [words.limits.capPaused] : [words.limits.capNotes, words.limits.capPaused]
  if (caps.length !== 1 || only === undefined) return notes
  if (only === null) return [words.limits.uncapped(nouns)]
  return [words.limits.cap(nouns, only, format.number(only)), ...notes]
}

function expirySentences({ config, words, format }: Help): readonly string[] {
  const { choicesDays, maxDays } = config.expiry
  const most = maxDays === null ? [] : [words.limits.expiresMost(format.days(maxDays))]
  if (choicesDays === null) return maxDays === null ? [words.limits.expiresFree] : most
  if (choicesDays.every((days) => days === null)) return [words.limits.eternal]
  const said = choicesDays.map((days) => (days === null ? words.never : words.create.days(format.days(days))))
  return [words.limits.expires(format.or(said)), ...most]
}

/** How many keys there may be, how long they live and how much they may be used. */
export function limitsSection(help: Help): HelpSection {
  const { config, words, nouns } = help
  const hasOwn = config.plans.some(({ limits, quota }) => limits.length > 0 || quota !== null)
  const hasShared = config.plans.some(({ accountLimits }) => accountLimits.length > 0)
  const { support } = config.product.links
  const rotates = config.actions.rotate !== undefined
  const raised = html`${prose(words.limits.raised)}${support !== null && html` <a href="${support}">${words.links.support}</a>.`}`
  return {
    id: 'limits',
    title: words.limits.title,
    body: html`${list([
      prose(capSentences(help).join(' ')),
      prose(expirySentences(help).join(' ')),
      hasOwn && prose(rotates ? `${words.limits.perKey} ${words.limits.perKeyRotated}` : words.limits.perKey),
      hasShared && prose(words.limits.perAccount(nouns)),
      (hasOwn || hasShared) && raised,
    ])}${plansTable(help)}`,
  }
}

import { useCallback } from 'react'
import type { Key } from '../../../api/records.ts'
import { type Format, useFormat } from '../../../locales/format.ts'
import { type Say, useWords } from '../../../locales/words.tsx'
import { useTimed } from '../../../ui/relative-time.tsx'
import { StateBadge } from '../../../ui/state-badge.tsx'
import { useConfig } from '../../account-context.tsx'
import { type KeyMark, keyStatus } from './key-status.ts'
import classes from './keys-table.module.css'

type Sign = Extract<KeyMark, { readonly kind: 'due' } | { readonly days: number } | { readonly at: string }>

const isSign = (mark: KeyMark): mark is Sign => !['revoked', 'expired', 'paused', 'active'].includes(mark.kind)

/** What a mark says; the words of states are the configuration's. */
function textOf(mark: Sign, say: Say, format: Format, nowMs: number): string {
  if (mark.kind === 'unused') return say('keys.mark.unused', { count: mark.days })
  if (mark.kind === 'due') return say('keys.mark.due')
  return say(`keys.mark.${mark.kind}`, { when: format.relative(mark.at, nowMs) })
}

/** A key's state by the configuration's word, and below it what needs attention most, with how much more there is. */
export function KeyStatus({ keyRecord }: { readonly keyRecord: Key }) {
  const config = useConfig()
  const { say } = useWords()
  const format = useFormat()
  // As one text, so that a tick of the clock draws only those whose words change.
  const textAt = useCallback(
    (nowMs: number) => {
      const marks = keyStatus(keyRecord, config, nowMs)
      const state = marks.at(-1) ?? marks[0]
      const signs = marks.filter(isSign).map((mark) => textOf(mark, say, format, nowMs))
      return JSON.stringify([state.kind, state.tone, signs])
    },
    [keyRecord, config, say, format],
  )
  const [kind, tone, signs] = JSON.parse(useTimed(textAt)) as [Key['state'], KeyMark['tone'], readonly string[]]
  const [first, ...rest] = signs
  return (
    <span className={classes['status']}>
      <StateBadge tone={tone}>{config.display.stateLabels[kind]}</StateBadge>
      {first !== undefined && (
        <span className={classes['sign']}>
          {first}
          {rest.length > 0 && (
            <span title={rest.join(' · ')}>
              {' '}
              <span aria-hidden>+{rest.length}</span>
              <span className="visually-hidden">
                {say('keys.mark.more', { count: rest.length, list: rest.join(', ') })}
              </span>
            </span>
          )}
        </span>
      )}
    </span>
  )
}

import { Button, Paper, Skeleton, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { memo, useId, useState } from 'react'
import type { Config, LogEntry } from '../../api/records.ts'
import type { Pages } from '../../api/use-pages.ts'
import { capitalized } from '../../locales/capitalized.ts'
import { useFormat } from '../../locales/format.ts'
import { type Phrase, type Say, useWords } from '../../locales/words.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { useConfig } from '../account-context.tsx'
import classes from './activity.module.css'
import { changesOf, valueText } from './changes.ts'
import { type Naming, sentenceOf } from './sentence.ts'

const fieldNames: readonly string[] = [
  'name',
  'description',
  'state',
  'grant',
  'preset',
  'owner',
  'role',
  'limits',
  'quota',
  'allowedNetworks',
  'metadata',
  'expiresAt',
  'endsAt',
  'rotatedTo',
  'plan',
  'activeKeysMax',
  'url',
  'events',
  'operator',
  'person',
]

function fieldLabel(name: string, say: Say, { words }: Pick<Config, 'words'>): string {
  if (name === 'type' || name === 'environment') return capitalized(words[name].one)
  return fieldNames.includes(name) ? say(`activity.fields.${name}` as Phrase) : name
}

const labelIn = (choices: readonly { readonly id: string; readonly label: string }[], id: string): string | undefined =>
  choices.find((choice) => choice.id === id)?.label

/** A configured word for a value, where the field is one of them. */
function wordFor(name: string, value: unknown, config: Config, naming: Naming): string | undefined {
  if (typeof value !== 'string') return undefined
  if (name === 'state') return (config.display.stateLabels as Readonly<Record<string, string>>)[value]
  if (name === 'role') return labelIn(config.roles, value)
  if (name === 'preset') return labelIn(config.presets, value)
  if (name === 'type') return labelIn(config.types, value)
  if (name === 'environment') return labelIn(config.environments, value)
  if (name === 'owner') return naming.memberName(value)
  return name === 'rotatedTo' ? naming.keyName(value) : undefined
}

function Details({ entry, naming }: { readonly entry: LogEntry; readonly naming: Naming }) {
  const { say } = useWords()
  const config = useConfig()
  const format = useFormat()
  const changes = changesOf(entry)
  const words = { exact: format.exact, nothing: say('activity.nothing') }
  const text = (name: string, value: unknown): string => wordFor(name, value, config, naming) ?? valueText(value, words)
  return (
    <>
      {changes.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the screen must be reachable by keyboard.
        <section className={classes['changes']} tabIndex={0} aria-label={say('activity.details')}>
          <table>
            <caption className="visually-hidden">{say('activity.details')}</caption>
            <thead>
              <tr>
                <th scope="col">{say('activity.field')}</th>
                <th scope="col">{say('activity.before')}</th>
                <th scope="col">{say('activity.after')}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ name, before, after }) => (
                <tr key={name}>
                  <th scope="row">{fieldLabel(name, say, config)}</th>
                  <td className="breaks">{text(name, before)}</td>
                  <td className="breaks">{text(name, after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <dl className={classes['meta']}>
        <div>
          <dt>{say('activity.number')}</dt>
          <dd className="figures">{entry.number}</dd>
        </div>
        <div>
          <dt>{say('activity.request')}</dt>
          <dd className="mono breaks">{entry.requestId}</dd>
        </div>
        {entry.personal?.network !== undefined && (
          <div>
            <dt>{say('activity.from')}</dt>
            <dd className="mono breaks">{entry.personal.network}</dd>
          </div>
        )}
      </dl>
    </>
  )
}

/** One entry of the log in words, with what changed behind a button. */
const EventItem = memo(function EventItem({ entry, naming }: { readonly entry: LogEntry; readonly naming: Naming }) {
  const { say } = useWords()
  const [opened, setOpened] = useState(false)
  const id = useId()
  const sentence = sentenceOf(entry, naming)
  const Icon = opened ? IconChevronDown : IconChevronRight
  const isOpenable =
    entry.account !== null && entry.target.kind === 'key' && naming.keyName(entry.target.id) !== undefined
  return (
    <li className={classes['entry']}>
      <UnstyledButton
        className={classes['toggle'] ?? ''}
        aria-expanded={opened}
        aria-controls={id}
        aria-label={say('activity.detailsOf', { sentence })}
        onClick={() => setOpened(!opened)}
      >
        <Icon size={16} aria-hidden />
      </UnstyledButton>
      <div className={classes['what']}>
        {isOpenable && entry.account !== null ? (
          <Link
            to="/accounts/$account/keys/$key"
            params={{ account: entry.account, key: entry.target.id }}
            className={classes['link']}
          >
            {sentence}
          </Link>
        ) : (
          <span className="breaks">{sentence}</span>
        )}
        {entry.reason !== null && (
          <span className={classes['reason']}>{say('activity.reason', { reason: entry.reason })}</span>
        )}
        <div id={id} hidden={!opened}>
          {opened && <Details entry={entry} naming={naming} />}
        </div>
      </div>
      <span className={classes['when']}>
        <RelativeTime at={entry.at} absent="" />
      </span>
    </li>
  )
})

const skeletons = ['a', 'b', 'c', 'd', 'e', 'f']

/** Entries of the log, newest first, in words; `label` names the list. */
export function EventList({
  label,
  pages,
  naming,
}: {
  readonly label: string
  readonly pages: Pick<Pages<LogEntry>, 'items' | 'isPending' | 'more' | 'isLoadingMore'>
  readonly naming: Naming
}) {
  const { say } = useWords()
  return (
    <>
      <Paper>
        <ol className={classes['entries']} aria-label={label} aria-busy={pages.isPending}>
          {pages.isPending
            ? skeletons.map((row) => (
                <li key={row} className={classes['entry']}>
                  <Skeleton height={14} width="60%" />
                </li>
              ))
            : pages.items.map((entry) => (
                <EventItem key={`${entry.epoch} ${entry.number}`} entry={entry} naming={naming} />
              ))}
        </ol>
      </Paper>
      {pages.more !== null && (
        <Button variant="default" onClick={pages.more} loading={pages.isLoadingMore} mx="auto" mt="md" display="block">
          {say('common.loadMore')}
        </Button>
      )}
    </>
  )
}

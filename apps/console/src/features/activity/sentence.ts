import { type EventType, events } from '@keywright/core'
import type { LogEntry } from '../../api/records.ts'
import type { Phrase, Say } from '../../locales/words.tsx'

/** Who and what entries are about, as far as it is known. */
export interface Naming {
  readonly say: Say
  /** What an account is called. */
  readonly accountWord: string
  /** The member and the person who read. */
  readonly ownIds: readonly string[]
  readonly memberName: (id: string) => string | undefined
  readonly keyName: (id: string) => string | undefined
  /** Operators see people; others do not. */
  readonly personName?: (id: string) => string | undefined
}

/** Whether a text is the type of an event that the log knows. */
export const isEventType = (type: string): type is EventType => Object.hasOwn(events, type)

const textAt = (record: LogEntry['after'], name: string): string | undefined => {
  const value = record?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A name that an entry itself carries. */
export const nameIn = ({ before, after }: Pick<LogEntry, 'before' | 'after'>): string | undefined =>
  textAt(after, 'name') ?? textAt(before, 'name')

/** Who did it, in words that begin a sentence. */
function actorOf({ actor }: Pick<LogEntry, 'actor'>, naming: Naming): string {
  const { say } = naming
  if (naming.ownIds.includes(actor.id)) return say('activity.who.you')
  if (actor.kind === 'member') return naming.memberName(actor.id) ?? say('activity.who.member')
  if (actor.kind === 'operator') return naming.personName?.(actor.id) ?? say('activity.who.operator')
  if (actor.kind === 'person') return naming.personName?.(actor.id) ?? say('activity.who.person')
  if (actor.kind === 'key') {
    const name = naming.keyName(actor.id)
    return say('activity.who.key', { name: name === undefined ? actor.id : say('activity.what.quoted', { name }) })
  }
  return say('activity.who.system')
}

/** What it was done to. */
function targetOf(entry: Pick<LogEntry, 'target' | 'before' | 'after'>, naming: Naming): string {
  const { say } = naming
  const { kind, id } = entry.target
  if (kind === 'key') {
    const name = naming.keyName(id) ?? nameIn(entry)
    return name === undefined ? say('activity.what.key') : say('activity.what.quoted', { name })
  }
  if (kind === 'member') return naming.memberName(id) ?? say('activity.what.member')
  if (kind === 'account') return say('activity.what.account', { account: naming.accountWord })
  if (kind === 'person') return naming.personName?.(id) ?? say('activity.what.other', { kind: '', id }).trim()
  const name = nameIn(entry)
  return name === undefined ? say('activity.what.other', { kind, id }) : say('activity.what.quoted', { name })
}

/** What happened, in one sentence; a type that this console does not know yet is named as it is. */
export function sentenceOf(entry: LogEntry, naming: Naming): string {
  const who = actorOf(entry, naming)
  const type: string = entry.type
  if (!isEventType(type)) return `${who}: ${type}`
  const phrase: Phrase = `activity.says.${type}`
  const sentence = naming.say(phrase, { who, what: targetOf(entry, naming) })
  return sentence.charAt(0).toLocaleUpperCase() + sentence.slice(1)
}

/** The kinds of events that concern accounts, by what they are about; `all` adds those of the installation. */
export function kindsOf(all: boolean): readonly { readonly group: string; readonly types: readonly EventType[] }[] {
  const ofAccounts = ['key', 'member', 'invitation', 'account', 'webhook']
  const groups = new Map<string, EventType[]>(ofAccounts.map((group) => [group, []]))
  for (const type of Object.keys(events) as EventType[]) {
    const group = type.slice(0, type.indexOf('.'))
    if (!all && !ofAccounts.includes(group)) continue
    groups.set(group, [...(groups.get(group) ?? []), type])
  }
  return [...groups].map(([group, types]) => ({ group, types }))
}

import {
  type AcceptedHeader,
  type KeyState,
  keyStates,
  lookUpLanguage,
  type ResolvedConfig,
  type Text,
  text,
} from '@keywright/core'
import type { Html } from '../html.ts'
import { type Format, formatOf } from './format.ts'
import { en, type HelpWords, type Nouns } from './words/en.ts'
import { fr } from './words/fr.ts'

/** A part of the page: its anchor, its heading and what is below it. */
export interface HelpSection {
  readonly id: string
  readonly title: string
  readonly body: Html
}

/** All that a section is made from. */
export interface Help {
  readonly config: ResolvedConfig
  readonly words: HelpWords
  readonly nouns: Nouns
  readonly format: Format
  /** The language of the page's own sentences. */
  readonly language: string
  /** A text of the configuration in the language of the page. */
  readonly say: (value: Text) => string
}

const catalogues: Readonly<Record<string, HelpWords>> = { en, fr }

/** Gathers what the sections are made from. Where there is no catalogue of the language, our own sentences are English. */
export function helpOf(config: ResolvedConfig, language: string): Help {
  const own = lookUpLanguage(language, Object.keys(catalogues)) ?? 'en'
  const words = catalogues[own] ?? en
  const say = (value: Text) => text(value, language, config.product.defaultLanguage)
  const { account, key, environment, type, member } = config.words
  const nouns = {
    product: say(config.product.name),
    account: say(account.one),
    key: say(key.one),
    keys: say(key.many),
    environment: say(environment.one),
    environments: say(environment.many),
    type: say(type.one),
    types: say(type.many),
    member: say(member.one),
    members: say(member.many),
  }
  return { config, words, nouns, format: formatOf(own), language: own, say }
}

/** The page of keys by the words of the menu, outermost first. */
export const menuPath = ({ config, words, say }: Help): string => words.quote(config.words.menu.map(say).join(' → '))

/** Whether a key can end by itself: by an expiry, or as the older one of a rotation. */
const canExpire = ({ expiry, actions }: ResolvedConfig): boolean =>
  (expiry.choicesDays ?? [1]).some((days) => days !== null) || actions.rotate !== undefined

/** The states that keys can come to be in where customers manage them. */
export function possibleStates(config: ResolvedConfig): readonly KeyState[] {
  const can: Readonly<Record<KeyState, boolean>> = {
    active: true,
    paused: config.actions.pause !== undefined,
    // The keys that a managing key has made are revoked with it.
    revoked: config.actions.revoke !== undefined || config.managingResource !== null,
    expired: canExpire(config),
  }
  return keyStates.filter((state) => can[state])
}

/** Whether somebody chooses what a key may do. */
export const isGrantChosen = ({ types, resources, presets, grants }: ResolvedConfig): boolean =>
  types.some(({ fixedGrant }) => fixedGrant === null) &&
  (resources.length > 0 || presets.length > 0 || grants.unrestricted !== 'absent')

const headerLines: Readonly<Record<AcceptedHeader, string>> = {
  authorization: 'Authorization: Bearer YOUR_API_KEY',
  'x-api-key': 'X-API-Key: YOUR_API_KEY',
}

/** A whole header line with a key, by the header's name. */
export const headerLine = (header: AcceptedHeader): string => headerLines[header]

/** The action that ends a key for good, by its name; `null`: none is offered. */
export function endingAction({ config: { actions }, say }: Help): string | null {
  const action = actions.revoke ?? actions.delete ?? actions.pause
  return action === undefined ? null : say(action.label)
}

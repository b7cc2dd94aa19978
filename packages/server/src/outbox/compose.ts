import { lookUpLanguage, type ResolvedConfig, text } from '@keywright/core'
import type { InvitationFacts } from '../messages.ts'
import type { Secret } from '../secret.ts'
import type { LeasedMail, NoticeRecord } from '../storage/ports-outbox.ts'
import { harmless, type Letter, letterOf, type Paragraph } from './letter.ts'
import { mailWords } from './words/languages.ts'
import type { MailWords } from './words/words.ts'

/** What every mail is made with. */
export interface Composing {
  readonly config: ResolvedConfig
  /** Where the server is reached, without a slash at its end. */
  readonly publicUrl: string
}

interface Speaking {
  readonly language: string
  readonly words: MailWords
  readonly product: string
}

function speaking({ config }: Composing, asked: string | null): Speaking {
  const wanted = asked ?? config.product.defaultLanguage
  const language = lookUpLanguage(wanted, Object.keys(mailWords)) ?? 'en'
  const product = text(config.product.name, language, config.product.defaultLanguage)
  return { language, words: mailWords[language] ?? mailWords.en, product }
}

const momentIn = (language: string, atMs: number): string =>
  `${new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(atMs)} UTC`

/** A mail that tells of one notice, or of several at once. */
export function noticeLetter(composing: Composing, { to, account, notices }: LeasedMail): Letter {
  const { language, words, product } = speaking(composing, to.language)
  const page = `${composing.publicUrl}/accounts/${account.id}`
  const sentenceOf = ({ kind, keyName, days }: NoticeRecord): string => {
    const key = keyName === null ? words.someKey : words.quote(harmless(keyName))
    return words.notice[kind]({ key, days: days ?? 0 })
  }
  const [first] = notices
  const subject = notices.length === 1 && first !== undefined ? sentenceOf(first) : words.several(notices.length)
  const paragraphs = notices.map((notice): Paragraph => {
    const said = `${momentIn(language, notice.atMs)} – ${sentenceOf(notice)}`
    return notice.keyId === null ? { text: said } : { text: said, link: `${page}/keys/${notice.keyId}` }
  })
  return letterOf(`${product}: ${subject}`, language, [
    ...paragraphs,
    { text: words.all, link: `${page}/notices` },
    { text: words.whyYou(harmless(account.name)) },
  ])
}

/** A mail with a link to an invitation. */
export function invitationLetter(
  composing: Composing,
  asked: string | null,
  link: Secret,
  about: InvitationFacts,
): Letter {
  const { language, words, product } = speaking(composing, asked)
  const { subject, intro, role, action, until, unexpected } = words.invitation
  const named = (name: string | null) => (name === null ? null : harmless(name))
  return letterOf(subject(product), language, [
    { text: intro({ product, account: named(about.account), invitedBy: named(about.invitedBy) }) },
    ...(about.role === null ? [] : [{ text: role(harmless(about.role)) }]),
    { text: action, link: link.expose() },
    { text: until(momentIn(language, about.expiresAtMs)) },
    { text: unexpected },
  ])
}

/** A mail with a link that sets a password. */
export function passwordResetLetter(
  composing: Composing,
  asked: string | null,
  link: Secret,
  expiresAtMs: number,
): Letter {
  const { language, words, product } = speaking(composing, asked)
  const { subject, intro, action, until, unexpected } = words.passwordReset
  return letterOf(subject(product), language, [
    { text: intro(product) },
    { text: action, link: link.expose() },
    { text: until(momentIn(language, expiresAtMs)) },
    { text: unexpected },
  ])
}

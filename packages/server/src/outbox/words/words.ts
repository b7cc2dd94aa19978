import type { NoticeKind } from '../../storage/ports-outbox.ts'

/** What a message says about a key or a webhook. */
export interface NoticeFacts {
  /** The key's name in quotes, or a word for a key that has none. */
  readonly key: string
  readonly days: number
}

/** The words of mails in one language. A further language is one more file with these members, named in `languages.ts`. */
export interface MailWords {
  readonly quote: (name: string) => string
  /** A key without a name. */
  readonly someKey: string
  readonly notice: Readonly<Record<NoticeKind, (facts: NoticeFacts) => string>>
  readonly several: (count: number) => string
  readonly whyYou: (account: string) => string
  readonly all: string
  readonly invitation: {
    readonly subject: (product: string) => string
    readonly intro: (facts: {
      readonly product: string
      readonly account: string | null
      readonly invitedBy: string | null
    }) => string
    readonly role: (role: string) => string
    readonly action: string
    readonly until: (moment: string) => string
    readonly unexpected: string
  }
  readonly passwordReset: {
    readonly subject: (product: string) => string
    readonly intro: (product: string) => string
    readonly action: string
    readonly until: (moment: string) => string
    readonly unexpected: string
  }
}

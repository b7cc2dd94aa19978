import { isLoopbackHost } from '@keywright/core'
import { createTransport } from 'nodemailer'
import type { Secret } from '../secret.ts'
import { type Letter, oneLine } from './letter.ts'

/** Where mail goes out and whom it is from. */
export interface MailSettings {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  readonly smtpUrl: Secret
  /** `Name <address>` or an address. */
  readonly mailFrom: string
}

/** Hands a mail to the mail server; rejects where it was not taken. */
export type SendMail = (
  to: { readonly email: string; readonly name: string | null },
  letter: Letter,
  messageId?: string,
) => Promise<void>

const connectionTimeoutMs = 10_000
const silenceTimeoutMs = 30_000

/**
 * Makes the way to the mail server. `smtps` speaks TLS from the start; `smtp` changes to it where the server can, and has to before a password is
 * sent to any other machine.
 */
export function mailerOf({ smtpUrl, mailFrom }: MailSettings): SendMail {
  const url = new URL(smtpUrl.expose())
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const secure = url.protocol === 'smtps:'
  const user = decodeURIComponent(url.username)
  const transport = createTransport({
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && user !== '' && !isLoopbackHost(host),
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
    connectionTimeout: connectionTimeoutMs,
    greetingTimeout: connectionTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    // Nothing in a mail of ours names a file or an address to take content from.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(mailFrom)?.[1] ?? 'keywright.invalid'
  return async ({ email, name }, { subject, text, html }, messageId) => {
    await transport.sendMail({
      from: mailFrom,
      to: { address: email, name: oneLine(name ?? '') },
      subject,
      text,
      html,
      // Answers of absence and other robots stay away (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
      ...(messageId === undefined ? {} : { messageId: `<${messageId}@${domain}>` }),
    })
  }
}

/** What of a failed sending may be logged: a code, never what the server said, which repeats addresses. */
export function mailFault(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  return (
    [code, responseCode].filter((part) => typeof part === 'string' || typeof part === 'number').join(' ') || error.name
  )
}

/**
 * Whether trying again is of no use: the recipient or the mail itself is refused for good (RFC 5321 section 4.2.1). A refused password is not
 * that: whoever runs the server can mend it.
 */
export function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  const aboutThisMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  return aboutThisMail && typeof responseCode === 'number' && responseCode >= 500 && responseCode <= 599
}

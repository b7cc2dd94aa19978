import type { LineLog } from '../log.ts'
import type { Messages, Recipient } from '../messages.ts'
import { type Composing, invitationLetter, passwordResetLetter } from './compose.ts'
import type { Letter } from './letter.ts'
import { isRefusedForGood, mailFault, type SendMail } from './mailer.ts'

/** The pauses before the second and the third try, in milliseconds: somebody waits for the answer. */
const pausesMs = [500, 2_000]

/** Sends direct messages, or none where there is no mail. */
export function directMessages({
  send,
  composing,
  pause,
  log,
}: {
  readonly send: SendMail | null
  readonly composing: () => Composing
  readonly pause: (ms: number) => Promise<unknown>
  readonly log: LineLog
}): Messages {
  const deliver = async (to: Recipient, letter: Letter): Promise<boolean> => {
    if (send === null) return false
    for (let failures = 0; ; failures++) {
      try {
        await send(to, letter)
        return true
      } catch (error) {
        const pauseMs = isRefusedForGood(error) ? undefined : pausesMs[failures]
        if (pauseMs === undefined) {
          log.error({ fault: mailFault(error) }, 'A mail that somebody waits for was not taken.')
          return false
        }
        await pause(pauseMs)
      }
    }
  }
  return {
    mail: send !== null,
    passwordReset: (to, link, expiresAtMs) =>
      deliver(to, passwordResetLetter(composing(), to.language, link, expiresAtMs)),
    invitation: (to, link, about) => deliver(to, invitationLetter(composing(), to.language, link, about)),
  }
}

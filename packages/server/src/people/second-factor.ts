import { createOTP } from '@better-auth/utils/otp'
import { isProblem, problem, randomBase62 } from '@keywright/core'
import { generateRandomString, symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto'
import type { SecondFactorRow } from '../storage/schema-sign-in.ts'
import { attempt, digestOf, type PeopleContext, sameText } from './context.ts'
import { signInId } from './library.ts'
import type { People, SignedIn, Visitor } from './port.ts'
import { callerOf } from './visitor.ts'

type SecondFactor = Pick<People, 'startTotp' | 'confirmTotp' | 'removeTotp' | 'newBackupCodes'>

const periodSeconds = 30
const backupCodesCount = 10

/** TOTP (RFC 6238) and its backup codes. */
export function secondFactorOf(context: PeopleContext, issuer: string): SecondFactor {
  const { database } = context
  return {
    startTotp: async (_visitor, { person }) => {
      const secret = generateRandomString(32)
      const { secretConfig } = await context.library.$context
      const kept = await symmetricEncrypt({ key: secretConfig, data: secret })
      const id = signInId('twoFactor', context.randomBytes)
      if (!(await database.factors.beginSecondFactor({ id, personId: person.id, secret: kept })))
        return problem('second_factor_conflict')
      const uri = createOTP(secret).url(issuer, person.email)
      return { secret: new URL(uri).searchParams.get('secret') as string, uri }
    },
    confirmTotp: (visitor, signedIn, code) => confirm(context, visitor, signedIn, code),
    removeTotp: async (visitor, { person }) =>
      (await database.factors.removeSecondFactor(callerOf(visitor, person.id), person.id))
        ? null
        : problem('second_factor_conflict'),
    newBackupCodes: async (visitor, { person }) => {
      const { backupCodes, digests } = makeBackupCodes(context)
      return (await database.factors.setBackupCodes(callerOf(visitor, person.id), person.id, digests))
        ? { backupCodes }
        : problem('second_factor_conflict')
    },
  }
}

async function confirm(
  context: PeopleContext,
  visitor: Visitor,
  { person, session }: SignedIn,
  code: string,
): ReturnType<People['confirmTotp']> {
  const { secondFactor } = await context.database.factors.of(person.id)
  if (secondFactor === undefined || secondFactor.verified === 1) return problem('second_factor_conflict')
  const counted = attempt(context, visitor, 'code', { person: `session ${session.id}`, email: person.email })
  if (isProblem(counted)) return counted
  const step = await stepOf(context, secondFactor, code)
  if (step === undefined) return problem('second_factor_refused')
  counted.succeeded()
  const { backupCodes, digests } = makeBackupCodes(context)
  const on = await context.database.factors.confirmSecondFactor(callerOf(visitor, person.id), person.id, {
    step,
    backupCodes: digests,
    exceptSessionId: session.id,
  })
  return on ? { backupCodes } : problem('second_factor_conflict')
}

/** The time step that a code belongs to, one before and one after the clock's allowed (RFC 6238, section 5.2). */
async function stepOf(context: PeopleContext, factor: SecondFactorRow, code: string): Promise<number | undefined> {
  const given = code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(given)) return undefined
  const { secretConfig } = await context.library.$context
  const password = createOTP(await symmetricDecrypt({ key: secretConfig, data: factor.secret }))
  const now = Math.floor(context.clock.wallMs() / 1000 / periodSeconds)
  let found: number | undefined
  for (const step of [now - 1, now, now + 1]) {
    // All three are compared: the time tells nothing.
    if (sameText(await password.hotp(step), given)) found = step
  }
  return found
}

/** Uses a code up; `false` where it is wrong, or it or a later one was used before. */
export async function takeCode(context: PeopleContext, personId: string, code: string): Promise<boolean> {
  const { secondFactor } = await context.database.factors.of(personId)
  if (secondFactor === undefined || secondFactor.verified === 0) return false
  const step = await stepOf(context, secondFactor, code)
  return step !== undefined && (await context.database.factors.takeStep(personId, step))
}

/** A backup code as it is stored: what people type besides letters and digits does not count. */
export const backupCodeDigest = (context: PeopleContext, code: string): string =>
  digestOf(context, 'backup-code', code.replace(/[^0-9A-Za-z]/g, '').toLowerCase())

function makeBackupCodes(context: PeopleContext): {
  readonly backupCodes: readonly string[]
  readonly digests: readonly string[]
} {
  const backupCodes = Array.from({ length: backupCodesCount }, () => {
    const text = randomBase62(12, context.randomBytes).toLowerCase()
    return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`
  })
  return { backupCodes, digests: backupCodes.map((code) => backupCodeDigest(context, code)) }
}

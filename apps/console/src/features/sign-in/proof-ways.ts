import type { Factors } from '../../api/records.ts'
import { passkeysPossible } from './passkeys.ts'

/** A way to prove who one is. */
export type ProofWay = 'passkey' | 'code' | 'password'

/** The ways that a person has in this browser, the most convenient first. */
export function proofWays(
  { passkeys, totp, password }: Pick<Factors, 'passkeys' | 'totp' | 'password'>,
  withPasskeys: boolean = passkeysPossible(),
): readonly ProofWay[] {
  return [
    ...(withPasskeys && passkeys.length > 0 ? (['passkey'] as const) : []),
    ...(totp ? (['code'] as const) : []),
    ...(password ? (['password'] as const) : []),
  ]
}

import { createHmac, timingSafeEqual } from 'node:crypto'
import { randomBase62 } from '@keywright/core'
import type { Clock } from '../clock.ts'

/** The cookie of a device on which a person has signed in. */
export const deviceCookie = '__Host-keywright_device'

const validSeconds = 180 * 86_400

/** What devices are recognised with. */
export interface DeviceParts {
  readonly key: Uint8Array
  readonly clock: Clock
  readonly randomBytes: (length: number) => Uint8Array
}

const sealOf = (key: Uint8Array, email: string, head: string): string =>
  createHmac('sha256', key).update(`${head}\0${email}`).digest('base64url')

/** The `Set-Cookie` line by which this browser is known for a person again. It signs nobody in, and the address cannot be read from it. */
export function rememberDevice({ key, clock, randomBytes }: DeviceParts, email: string): string {
  const ends = Math.floor(clock.wallMs() / 1000) + validSeconds
  const head = `${randomBase62(16, randomBytes)}.${ends}`
  const value = `${head}.${sealOf(key, email, head)}`
  return `${deviceCookie}=${value}; Max-Age=${validSeconds}; Path=/; HttpOnly; Secure; SameSite=Lax`
}

/** The id of a device that is known for this person; `undefined`: it is not. */
export function knownDevice({ key, clock }: DeviceParts, value: string | undefined, email: string): string | undefined {
  const [, head = '', id = '', ends = '', seal = ''] =
    /^(([0-9A-Za-z]{16})\.(\d{1,12}))\.([\w-]{43})$/.exec(value ?? '') ?? []
  if (id === '' || Number(ends) * 1000 <= clock.wallMs()) return undefined
  const right = timingSafeEqual(Buffer.from(sealOf(key, email, head)), Buffer.from(seal))
  return right ? id : undefined
}

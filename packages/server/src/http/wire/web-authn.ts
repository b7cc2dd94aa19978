import type * as z from 'zod'
import type { WebAuthnOptions, WithCookies } from '../../people/port.ts'
import type { webAuthn } from '../fields.ts'
import { type Reply, reply } from '../route.ts'

/** Options for a browser's WebAuthn call as answers say them; they are JSON as the sign-in library made it, without what it left undefined. */
export const webAuthnWire = ({ value, setCookies }: WithCookies<WebAuthnOptions>): Reply<z.input<typeof webAuthn>> =>
  reply(JSON.parse(JSON.stringify(value)) as z.input<typeof webAuthn>, { setCookies })

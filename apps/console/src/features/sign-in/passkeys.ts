import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import { api } from '../../api/request.ts'

/** Why a browser gave no passkey: the person declined, the address cannot have any, the device has one already, or it failed. */
export type PasskeyFault = 'declined' | 'domain' | 'exists' | 'failed'

/** No passkey came from the browser; the server was not asked. */
export class PasskeyFailure extends Error {
  readonly fault: PasskeyFault

  constructor(fault: PasskeyFault) {
    super(`no passkey: ${fault}`)
    this.fault = fault
  }
}

/** Whether this browser, at this address, knows passkeys. */
export const passkeysPossible = (): boolean => isSecureContext && typeof PublicKeyCredential === 'function'

const faults: Readonly<Record<string, PasskeyFault>> = {
  NotAllowedError: 'declined',
  AbortError: 'declined',
  SecurityError: 'domain',
  InvalidStateError: 'exists',
}

/** What an error of WebAuthn's means to a person. */
export const passkeyFault = (error: unknown): PasskeyFault =>
  (error instanceof Error ? faults[error.name] : undefined) ?? 'failed'

async function ceremony<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    throw new PasskeyFailure(passkeyFault(error))
  }
}

/** Asks the browser for a passkey with the options that the server gives at a path; throws a PasskeyFailure or an ApiProblem. */
export async function askForPasskey(optionsPath: string, autofill = false): Promise<unknown> {
  const { startAuthentication } = await import('@simplewebauthn/browser')
  const optionsJSON = await api<PublicKeyCredentialRequestOptionsJSON>(optionsPath, { method: 'POST', body: {} })
  return await ceremony(() => startAuthentication({ optionsJSON, useBrowserAutofill: autofill }))
}

/** Whether the browser offers passkeys among what it fills in. */
export async function autofillPossible(): Promise<boolean> {
  if (!passkeysPossible()) return false
  const { browserSupportsWebAuthnAutofill } = await import('@simplewebauthn/browser')
  return await browserSupportsWebAuthnAutofill()
}

/** Ends what is asked of the browser at the moment. */
export async function stopAskingForPasskey(): Promise<void> {
  const { WebAuthnAbortService } = await import('@simplewebauthn/browser')
  WebAuthnAbortService.cancelCeremony()
}

/** Lets the browser make a passkey; throws a PasskeyFailure. */
export async function makePasskey(optionsJSON: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const { startRegistration } = await import('@simplewebauthn/browser')
  return await ceremony(() => startRegistration({ optionsJSON }))
}

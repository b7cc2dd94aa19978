import type { Settings } from '../settings.ts'
import { StartError } from '../start-error.ts'
import type { OidcProvider } from './providers.ts'

/** The provider of the settings, `null` where none is set; a StartError names what is missing of one. */
export function oidcOf(
  settings: Pick<Settings, 'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret' | 'oidcLabel'>,
): OidcProvider | null {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret, oidcLabel: label } = settings
  if (issuer === null && clientId === null && clientSecret === null) return null
  if (issuer === null || clientId === null || clientSecret === null) {
    const missing = [
      ...(issuer === null ? ['KEYWRIGHT_OIDC_ISSUER'] : []),
      ...(clientId === null ? ['KEYWRIGHT_OIDC_CLIENT_ID'] : []),
      ...(clientSecret === null ? ['KEYWRIGHT_OIDC_CLIENT_SECRET'] : []),
    ]
    throw new StartError(
      `Signing in by a provider needs its issuer, client id and client secret; set ${missing.join(' and ')} too, or none of them.`,
    )
  }
  return { issuer, clientId, clientSecret, label }
}

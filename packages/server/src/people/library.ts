import { passkey } from '@better-auth/passkey'
import { isLoopbackHost, randomBase62 } from '@keywright/core'
import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { type GenericOAuthConfig, genericOAuth, twoFactor } from 'better-auth/plugins'
import type { Clock } from '../clock.ts'
import type { SignInDatabase } from '../storage/sign-in-database.ts'
import { ownEndpoints } from './own-endpoints.ts'
import { passwordCharactersMax } from './passwords.ts'
import { networkHeader } from './visitor.ts'

/** The cookie of a session. */
export const sessionCookie = '__Host-keywright_session'

/** A session ends after so long without being seen, in milliseconds. */
export const idleMs = 7 * 86_400_000
/** A session ends so long after it began in any case, in milliseconds. */
export const absoluteMs = 30 * 86_400_000

/** What the sign-in library is made from. */
export interface LibraryParts {
  readonly database: SignInDatabase
  readonly publicUrl: string
  readonly productName: string
  /** Signs cookies and encrypts secrets of second factors. */
  readonly secret: string
  readonly clock: Clock
  readonly randomBytes: (length: number) => Uint8Array
  readonly provider?: GenericOAuthConfig
  /** Told of each identity of a provider that was linked to a person. */
  readonly linked: (personId: string) => void
}

const idPrefixes: Readonly<Record<string, string>> = { user: 'per_', session: 'ses_', passkey: 'psk_', account: 'sim_' }

/** A new id of a record of the library: the prefix of its kind and 20 random base62 characters. */
export const signInId = (model: string, randomBytes: (length: number) => Uint8Array): string =>
  (idPrefixes[model] ?? 'sgn_') + randomBase62(20, randomBytes)

const cookieNames: Readonly<Record<string, string>> = {
  session_token: sessionCookie,
  session_data: '__Host-keywright_session_data',
  account_data: '__Host-keywright_account_data',
  dont_remember: '__Host-keywright_brief',
  two_factor: '__Host-keywright_second_factor',
  trust_device: '__Host-keywright_trusted',
  state: '__Host-keywright_provider',
  oauth_state: '__Host-keywright_provider_state',
  passkey: '__Host-keywright_passkey',
}

/** The site that passkeys belong to. WebAuthn knows no addresses, so that on this machine it is `localhost`. */
function relyingParty(publicUrl: string): { readonly rpID: string; readonly origin: string[] } {
  const { hostname, port, protocol, origin } = new URL(publicUrl)
  if (!isLoopbackHost(hostname)) return { rpID: hostname, origin: [origin] }
  return { rpID: 'localhost', origin: [`${protocol}//localhost${port === '' ? '' : `:${port}`}`] }
}

/** The sign-in library over our tables. Nothing of it is reached over HTTP: `people/` calls what it needs. */
export function createLibrary(parts: LibraryParts) {
  const { database, clock, randomBytes } = parts
  return betterAuth({
    appName: parts.productName,
    baseURL: parts.publicUrl,
    basePath: '/v1/sign-in/library',
    secret: parts.secret,
    // Named besides, or a variable of the environment (BETTER_AUTH_SECRETS) would come before it.
    secrets: [{ version: 1, value: parts.secret }],
    database: database.library,
    telemetry: { enabled: false },
    // It would repeat addresses and errors of providers; what matters is in our log.
    logger: { disabled: true },
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 1,
      maxPasswordLength: passwordCharactersMax * 4,
    },
    onAPIError: { errorURL: '/sign-in' },
    advanced: {
      // The library's own prefix is `__Secure-`; ours is the stricter one, and the attributes that it demands are named below.
      useSecureCookies: false,
      cookiePrefix: '__Host-keywright',
      cookies: Object.fromEntries(Object.entries(cookieNames).map(([key, name]) => [key, { name }])),
      defaultCookieAttributes: { secure: true, httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { disableIpTracking: true },
      // The tables are ours: providers' tokens have no columns, since they are not kept.
      database: { generateId: ({ model }) => signInId(model, randomBytes), validateSchema: false },
    },
    user: {
      modelName: 'people',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
      additionalFields: {
        language: { type: 'string', required: false, input: false },
        suspended: { type: 'boolean', required: false, input: false },
      },
    },
    session: {
      modelName: 'sessions',
      fields: {
        userId: 'person_id',
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        ipAddress: 'network',
        userAgent: 'user_agent',
      },
      additionalFields: {
        provedAtMs: { type: 'number', bigint: true, required: true, input: false, fieldName: 'proved_at_ms' },
      },
      cookieCache: { enabled: false },
      // The cookie lives as long as a session can; the row says when it ends.
      expiresIn: absoluteMs / 1000,
      disableSessionRefresh: true,
      freshAge: 0,
    },
    account: {
      modelName: 'sign_in_methods',
      fields: {
        userId: 'person_id',
        providerId: 'provider',
        accountId: 'subject',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      updateAccountOnSignIn: false,
      // An address that its provider has verified is enough: a person here was invited to exactly that address.
      accountLinking: { enabled: true, requireLocalEmailVerified: false, updateUserInfoOnLink: false },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    databaseHooks: {
      session: {
        create: {
          before: async (session, context) => {
            const person = await database.people.read(session.userId)
            if (person === undefined || person.suspended === 1) throw new APIError('UNAUTHORIZED')
            const nowMs = clock.wallMs()
            return {
              data: {
                ...session,
                expiresAt: new Date(nowMs + idleMs),
                provedAtMs: nowMs,
                ipAddress: context?.headers?.get(networkHeader) ?? null,
                userAgent: session.userAgent || null,
              },
            }
          },
        },
      },
      account: {
        create: {
          before: async (account) => ({
            // The provider said who it is; its tokens are of no further use.
            data: {
              ...account,
              accessToken: undefined,
              refreshToken: undefined,
              idToken: undefined,
              accessTokenExpiresAt: undefined,
              refreshTokenExpiresAt: undefined,
            },
          }),
          after: async (account) => parts.linked(account.userId),
        },
      },
    },
    plugins: [
      ownEndpoints,
      twoFactor({
        // Guesses are slowed down by our throttle, which does not lock the person out.
        accountLockout: { enabled: false },
        backupCodeOptions: { storeBackupCodes: 'plain' },
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'second_factors',
            fields: {
              userId: 'person_id',
              backupCodes: 'backup_codes',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
      passkey({
        rpName: parts.productName,
        ...relyingParty(parts.publicUrl),
        advanced: { webAuthnChallengeCookie: 'passkey' },
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        registration: {
          afterVerification: async ({ verification }) => {
            if (verification.registrationInfo?.userVerified !== true) throw new APIError('UNAUTHORIZED')
          },
        },
        authentication: {
          // It stands for two factors: something that the person has, and the PIN or the body part that unlocked it.
          afterVerification: async ({ verification }) => {
            if (!verification.authenticationInfo.userVerified) throw new APIError('UNAUTHORIZED')
          },
        },
        schema: {
          passkey: {
            modelName: 'passkeys',
            fields: {
              userId: 'person_id',
              publicKey: 'public_key',
              credentialID: 'credential_id',
              deviceType: 'device_type',
              backedUp: 'backed_up',
              createdAt: 'created_at',
            },
          },
        },
      }),
      genericOAuth({ config: parts.provider === undefined ? [] : [parts.provider] }),
    ],
  })
}

/** The sign-in library as it is configured here. */
export type Library = ReturnType<typeof createLibrary>

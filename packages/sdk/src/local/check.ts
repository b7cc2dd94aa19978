import { type CheckRequest, containsKeyText, parseAddress, parsePermission } from '@keywright/core'
import { failure, type KeywrightError } from '../error.ts'
import type { VerifyRequest } from '../verifier.ts'
import type { Configuration } from './configuration.ts'

const permissionsMax = 32
const costMax = 1_000_000
const userAgentCharactersMax = 256
/** Of how many texts of a kind it is remembered that they are well-formed. */
const rememberedMax = 1_024

const members: ReadonlySet<string> = new Set<keyof VerifyRequest>([
  'key',
  'permissions',
  'audience',
  'environment',
  'ip',
  'userAgent',
  'cost',
  'tag',
])

const wrong = (explanation: string): KeywrightError => failure('verify', 'invalid_parameters', explanation, 400)

const forbidden = (explanation: string): KeywrightError => failure('verify', 'forbidden', explanation, 403)

/** A user agent as it may be kept: one line, bounded, and nothing as long as a key's secret part in it. */
const keptUserAgent = (given: string): string =>
  given
    .slice(0, 2_048)
    .replace(/[0-9A-Za-z+/%_-]{38,}/g, '[redacted]')
    .slice(0, userAgentCharactersMax)
    .replace(/\p{Cc}/gu, ' ')
    .toWellFormed()

/** Whether texts are good, remembered of those that come again and again. What is not good is not kept: it may hold a key. */
class GoodTexts {
  readonly #isGood: (text: string) => boolean
  readonly #good = new Set<string>()

  constructor(isGood: (text: string) => boolean) {
    this.#isGood = isGood
  }

  has(text: unknown): text is string {
    if (typeof text !== 'string') return false
    if (this.#good.has(text)) return true
    if (!this.#isGood(text)) return false
    if (this.#good.size >= rememberedMax) this.#good.clear()
    this.#good.add(text)
    return true
  }
}

/**
 * Makes the check of a request as the server's own door does: what is in the wrong form, or asks for more than the credential checks for, is
 * an error, with the status and code that the door would answer. No value of the request is repeated in it.
 */
export class CheckReader {
  readonly #configuration: Configuration
  readonly #addresses = new GoodTexts((text) => text.length <= 64 && parseAddress(text) !== undefined)
  readonly #tags = new GoodTexts((text) => /^[\w.:/-]{1,64}$/.test(text) && !containsKeyText(text))
  readonly #permissions = new GoodTexts((text) => parsePermission(text) !== undefined && !containsKeyText(text))
  readonly #userAgents = new GoodTexts((text) => keptUserAgent(text) === text)

  constructor(configuration: Configuration) {
    this.#configuration = configuration
  }

  read(request: VerifyRequest): CheckRequest | KeywrightError {
    const { environment, audiences } = this.#configuration
    // A misspelt member would otherwise ask for less than was meant.
    for (const member in request) if (!members.has(member)) return wrong('there is no such member in a request')
    const { key, permissions, audience, ip, userAgent, cost, tag } = request
    if (typeof key !== 'string') return wrong('key must be the presented key, a text')
    if (permissions != null && !this.#arePermissions(permissions))
      return wrong(`permissions must be a list of at most ${permissionsMax} permissions, such as jobs.view`)
    if (cost != null && !(Number.isInteger(cost) && cost >= 0 && cost <= costMax))
      return wrong(`cost must be a whole number from 0 to ${costMax}`)
    if (ip != null && !this.#addresses.has(ip)) return wrong('ip must be an IPv4 or IPv6 address')
    if (tag != null && !this.#tags.has(tag))
      return wrong('tag must be 1 to 64 letters, digits or _ . : / -, and no key')
    if (userAgent != null && typeof userAgent !== 'string') return wrong('userAgent must be a text')
    if (request.environment != null && request.environment !== environment)
      return forbidden('the verify credential checks for another environment')
    if (audience != null && !audiences.includes(audience))
      return forbidden('the verify credential does not check for that audience')
    return {
      key,
      permissions: permissions ?? undefined,
      environment,
      audiences: audience == null ? audiences : [audience],
      ip: ip ?? undefined,
      userAgent:
        userAgent == null || this.#userAgents.has(userAgent) ? (userAgent ?? undefined) : keptUserAgent(userAgent),
      cost: cost ?? undefined,
      tag: tag ?? undefined,
    }
  }

  #arePermissions(permissions: readonly string[]): boolean {
    if (!Array.isArray(permissions) || permissions.length > permissionsMax) return false
    for (const permission of permissions) {
      if (this.#configuration.permissions.has(permission)) continue
      if (!this.#permissions.has(permission)) return false
    }
    return true
  }
}

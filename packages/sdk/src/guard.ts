import {
  type AcceptedHeader,
  compileGrant,
  type Decision,
  type Grant,
  malformed,
  missingPermissions,
  type NetworkRange,
  parseRange,
  satisfies,
  unavailable,
} from '@keywright/core'
import {
  type Answer,
  answerOf,
  type ProblemTexts,
  type RefusalCode,
  rateLimitFields,
  refusalOf,
  type Wording,
} from './answer.ts'
import { clientAddress, type Field, fieldOf, type Presentation, presents, readPresented } from './presented.ts'
import { checkedRequirement, type Requirement, type RequirementOptions, union } from './requirement.ts'
import type { PublicConfig, Verifier } from './verifier.ts'

/** How `keywright()` guards, in every framework. What is given here wins over the server's configuration. */
export interface GuardOptions extends RequirementOptions {
  /** What answers checks: `createKeywright({ url, credential })`. */
  readonly verifier: Verifier
  /** Permissions that every request needs. */
  readonly permissions?: readonly string[]
  /** Narrows what the verify credential checks for. */
  readonly audience?: string
  readonly environment?: string
  /** In which headers a key may come, exactly one per request. Default: the configuration's, else `['authorization']`. */
  readonly acceptedHeaders?: readonly AcceptedHeader[]
  readonly problems?: ProblemTexts
  /** The realm of the challenge. Default: the product's name. */
  readonly realm?: string
  /** The language of the texts. Default: the product's first. */
  readonly language?: string
  /** Networks (CIDR) of the proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[]
  /** Names of query parameters that are refused, in lower case. Default: the usual ones for keys. */
  readonly refusedQueryNames?: readonly string[]
}

/** Whose key it is, for handlers. */
export interface Caller {
  readonly keyId: string
  readonly account: string
  /** The adopter's own id of the account. */
  readonly externalId: string | null
  readonly type: string | null
  readonly environment: string | null
  readonly grant: Grant
  readonly name: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** Whether the key's grant holds a permission. */
  has(permission: string): boolean
}

/** A request that was let through. */
export interface Pass {
  readonly guard: Guard
  readonly caller: Caller
  /** The header fields that the answer gets: RateLimit and RateLimit-Policy. */
  readonly fields: readonly Field[]
  /** The refusal where the key lacks what one more requirement needs; decided from its grant, without another check. */
  refusalOf(requirement: Requirement): Answer | undefined
}

/** Either a pass or the answer that refuses. */
export type Outcome = { readonly pass: Pass } | { readonly answer: Answer }

/** What every middleware calls. */
export interface Guard {
  readonly options: GuardOptions
  /** Checks a request once, with all that is required as far as it is known; an earlier pass of the same verifier is not checked again. */
  check(presentation: Presentation, inSight: readonly Requirement[], earlier?: Pass): Promise<Outcome>
}

function trustedRanges(texts: readonly string[]): readonly NetworkRange[] {
  return texts.map((text) => {
    const range = parseRange(text)
    if (range === undefined)
      throw new TypeError(
        `trustedProxies: ${JSON.stringify(text)} is not a network; write 10.0.0.0/8 or a single address`,
      )
    return range
  })
}

function callerOf(decision: Decision): Caller | undefined {
  const { keyId, account, grant } = decision
  if (!decision.valid || decision.code !== 'VALID' || keyId === null || account === null || grant === null)
    return undefined
  const compiled = compileGrant(grant)
  const { externalId, type, environment, name, metadata } = decision
  return {
    keyId,
    account,
    externalId,
    type,
    environment,
    grant,
    name,
    metadata,
    has: (permission) => satisfies(compiled, permission),
  }
}

function passOf(
  guard: Guard,
  decision: Decision,
  caller: Caller,
  seen: readonly Requirement[],
  wording: Wording,
): Pass {
  const compiled = compileGrant(caller.grant)
  return {
    guard,
    caller,
    fields: rateLimitFields(decision.limits),
    refusalOf(requirement) {
      if (seen.includes(requirement)) return undefined
      if (requirement.cost !== undefined || requirement.tag !== undefined) {
        throw new Error(
          'requires() with a cost or a tag must be in sight of keywright(): put keywright({ verifier }) on the same route, before it',
        )
      }
      const missing = missingPermissions(compiled, requirement.permissions)
      if (missing.length === 0) return undefined
      return answerOf({ code: 'insufficient_scope', needed: requirement.permissions, missing }, wording)
    },
  }
}

const sameCheck = (one: GuardOptions, other: GuardOptions): boolean =>
  one.verifier === other.verifier && one.audience === other.audience && one.environment === other.environment

/** Makes the guard of one `keywright()`; wrong options are refused here, not at the first request. */
export function createGuard(options: GuardOptions): Guard {
  if (typeof options.verifier?.verify !== 'function') {
    throw new TypeError('keywright() needs a verifier: keywright({ verifier: createKeywright({ url, credential }) })')
  }
  if (options.acceptedHeaders?.length === 0)
    throw new TypeError('acceptedHeaders is empty; name authorization, x-api-key or both')
  const trusted = trustedRanges(options.trustedProxies ?? [])
  const own = checkedRequirement({
    permissions: options.permissions ?? [],
    ...(options.cost === undefined ? {} : { cost: options.cost }),
    ...(options.tag === undefined ? {} : { tag: options.tag }),
  })

  const decide = async (
    presentation: Presentation,
    required: Requirement,
    config: PublicConfig | undefined,
  ): Promise<Decision | RefusalCode> => {
    const accepted = options.acceptedHeaders ?? config?.acceptedHeaders
    const presented = readPresented(presentation, accepted ?? ['authorization'], options.refusedQueryNames)
    if (presented.kind === 'ambiguous') return 'credential_ambiguous'
    if (presented.kind === 'malformed') return malformed
    if (presented.kind === 'none') {
      // Whether the key may come in this header cannot be said before the configuration was read.
      return accepted === undefined &&
        options.verifier.publicConfig !== undefined &&
        config === undefined &&
        presents(presentation, 'x-api-key')
        ? 'unavailable'
        : 'credential_missing'
    }
    try {
      return await options.verifier.verify({
        key: presented.key,
        ...required,
        audience: options.audience,
        environment: options.environment,
        ip: clientAddress(presentation, trusted),
        userAgent: fieldOf(presentation, 'user-agent')?.slice(0, 512),
      })
    } catch {
      return unavailable()
    }
  }

  const configNow = async (): Promise<PublicConfig | undefined> => {
    try {
      return await options.verifier.publicConfig?.()
    } catch {
      return undefined
    }
  }

  const guard: Guard = {
    options,
    async check(presentation, inSight, earlier) {
      const seen = [own, ...inSight]
      if (earlier !== undefined && sameCheck(earlier.guard.options, options)) {
        for (const requirement of seen) {
          const answer = earlier.refusalOf(requirement)
          if (answer !== undefined) return { answer }
        }
        return { pass: earlier }
      }
      const config = await configNow()
      const wording = { texts: options.problems ?? {}, config, realm: options.realm, language: options.language }
      const required = union(seen)
      const decision = await decide(presentation, required, config)
      if (typeof decision === 'string') return { answer: answerOf({ code: decision }, wording) }
      const caller = callerOf(decision)
      if (caller === undefined) {
        const refused = decision.valid || decision.code === 'VALID' ? unavailable() : decision
        return { answer: answerOf(refusalOf(refused, required.permissions), wording) }
      }
      return { pass: passOf(guard, decision, caller, seen, wording) }
    },
  }
  return guard
}

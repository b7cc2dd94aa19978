import { anyEnvironment, type CredentialFacts, isKeyText, KeyDecision, type NodeEngine } from '@keywright/core'
import type { ResolveCredential } from './http/actor.ts'

const identityOf = (facts: CredentialFacts) => (facts.kind === 'operator' ? { kind: facts.kind, id: facts.id } : facts)

/**
 * Finds whom a credential belongs to, in memory that is proved fresh: a credential of the adopter's programs, else a customer's key, which is
 * checked as any key is but takes nothing of its limits.
 */
export const resolveWith =
  (engine: NodeEngine): ResolveCredential =>
  async (text, address) => {
    const facts = await engine.credential(text)
    if (facts === 'unavailable') return facts
    if (facts !== undefined) return identityOf(facts)
    if (!isKeyText(text)) return undefined
    const ip = address === 'unknown' ? undefined : address
    const decision = await engine.verify({
      key: text,
      environment: anyEnvironment,
      audiences: null,
      ip,
      cost: 0,
      tag: 'management',
    })
    if (decision.code === 'UNAVAILABLE') return 'unavailable'
    if (decision.code === 'IP_NOT_ALLOWED') return 'network_not_allowed'
    if (!decision.valid || !(decision instanceof KeyDecision)) return undefined
    return {
      kind: 'key',
      id: decision.keyId,
      accountId: decision.account,
      lineageId: decision.lineageId,
      grant: decision.grant,
    }
  }

import type { KeyAction } from '@keywright/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { configQuery } from '../api/queries.ts'
import type { Account, Config, Role, Session } from '../api/records.ts'
import type { Acting } from '../api/request.ts'
import { useWords } from '../locales/words.tsx'

/** The account on whose pages someone is, and what they may do there. */
export interface AccountContext {
  readonly accountId: string
  readonly account: Account
  readonly session: Session
  /** As whom requests are made. */
  readonly acting: Acting
  /** The member who looks; `null`: an operator. */
  readonly memberId: string | null
  readonly role: Role | null
  /** Whether an action on keys is theirs by role (an operator's always). */
  readonly may: (action: KeyAction) => boolean
  readonly managesMembers: boolean
}

/** Gives the account to the pages below. */
export const AccountProvider = createContext<AccountContext | null>(null)

/** The account on whose pages someone is. */
export function useAccount(): AccountContext {
  const context = useContext(AccountProvider)
  if (context === null) throw new Error('useAccount outside of an account')
  return context
}

/** The configuration in the page's language; loaded before any page is shown. */
export function useConfig(): Config {
  const { language } = useWords()
  return useSuspenseQuery(configQuery(language)).data
}

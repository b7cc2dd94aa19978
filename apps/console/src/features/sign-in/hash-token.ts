import { useLayoutEffect, useState } from 'react'

/** The token in the fragment of a link; `null`: there is none, or a part of it is missing. */
export function readHashToken(hash: string): string | null {
  const token = hash.replace(/^#/, '')
  return /^[A-Za-z0-9_-]{16,255}$/.test(token) ? token : null
}

// Kept in this page's memory alone, so that neither the address bar nor any storage ever holds it after this.
const held = new Map<string, string>()

const heldToken = (): string | null => readHashToken(location.hash) ?? held.get(location.pathname) ?? null

function takeToken(): string | null {
  const token = heldToken()
  if (token !== null) held.set(location.pathname, token)
  if (location.hash !== '') history.replaceState(history.state, '', `${location.pathname}${location.search}`)
  return token
}

/** The token with which the page was opened, out of the address bar from then on; a link opened in the same tab replaces it. */
export function useHashToken(): string | null {
  const [token, setToken] = useState(heldToken)
  useLayoutEffect(() => {
    takeToken()
    const followed = (): void => {
      if (location.hash !== '') setToken(takeToken())
    }
    addEventListener('hashchange', followed)
    return () => removeEventListener('hashchange', followed)
  }, [])
  return token
}

/** Forgets the token of this page, once it is used up. */
export function forgetHashToken(): void {
  held.clear()
}

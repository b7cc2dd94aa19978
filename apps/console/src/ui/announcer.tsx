import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'

const Announcer = createContext<(text: string) => void>(() => undefined)

/** Holds the page's one live region, which reads out what happened. */
export function AnnouncerProvider({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState({ text: '', turn: 0 })
  // A text that repeats is still a change, by the invisible mark of every second turn.
  const announce = useCallback((text: string) => setSaid(({ turn }) => ({ text, turn: turn + 1 })), [])
  return (
    <Announcer value={announce}>
      {children}
      <div role="status" aria-live="polite" className="visually-hidden" data-announcer="">
        {said.text}
        {said.turn % 2 === 0 ? '' : '\u200b'}
      </div>
    </Announcer>
  )
}

/** Reads a text out to those who do not see the page change. */
export const useAnnounce = (): ((text: string) => void) => useContext(Announcer)

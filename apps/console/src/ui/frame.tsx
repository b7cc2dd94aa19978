import { createContext, type ReactNode, useContext } from 'react'

/** Set inside of the shell, which has the page's one main landmark already. */
export const InShell = createContext(false)

/** The main landmark of a page that may stand alone or inside of the shell. */
export function MainFrame({ children }: { readonly children: ReactNode }) {
  if (useContext(InShell)) return children
  return (
    <main className="content" id="content">
      {children}
    </main>
  )
}

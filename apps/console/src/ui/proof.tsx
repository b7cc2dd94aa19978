import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useRef, useState } from 'react'
import { isProblem } from '../api/problem.ts'
import { ProofDeclined } from './proof-declined.ts'

export { ProofDeclined }

const ProofDialog = lazy(() =>
  import('../features/sign-in/proof-dialog.tsx').then(({ ProofDialog }) => ({ default: ProofDialog })),
)

type Prove = <Result>(work: () => Promise<Result>) => Promise<Result>

const Proof = createContext<Prove>((work) => work())

/** Asks the person to prove who they are where the server wants a fresh proof, and then repeats what was refused. */
export function ProofProvider({ children }: { readonly children: ReactNode }) {
  const [asking, setAsking] = useState(false)
  const answer = useRef<((proved: boolean) => void) | null>(null)

  const prove = useCallback<Prove>(async (work) => {
    try {
      return await work()
    } catch (error) {
      if (!isProblem(error, 'reauthentication_required')) throw error
      setAsking(true)
      const proved = await new Promise<boolean>((resolve) => {
        answer.current = resolve
      })
      setAsking(false)
      if (!proved) throw new ProofDeclined()
      return await work()
    }
  }, [])

  return (
    <Proof value={prove}>
      {children}
      {asking && (
        <Suspense fallback={null}>
          <ProofDialog onProved={() => answer.current?.(true)} onClose={() => answer.current?.(false)} />
        </Suspense>
      )}
    </Proof>
  )
}

/** Wraps a request that may need a fresh proof: `prove(() => api(…))`. */
export const useProof = (): Prove => useContext(Proof)

import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useCallback } from 'react'

const publicParts = ['words', 'config', 'sign-in']

/** Forgets everything that was read as whoever was here before; what is shown at the moment is read anew. */
export function useForgetEverything(): () => Promise<void> {
  const queries = useQueryClient()
  return useCallback(
    () => queries.resetQueries({ predicate: ({ queryKey }) => !publicParts.includes(String(queryKey[0])) }),
    [queries],
  )
}

/** Goes to a path of ours as who has just come in; the way back does not lead to the entrance. */
export function useEnter(): (path: string) => Promise<void> {
  const router = useRouter()
  const forget = useForgetEverything()
  return useCallback(
    async (path) => {
      await forget()
      router.history.replace(path)
    },
    [router, forget],
  )
}

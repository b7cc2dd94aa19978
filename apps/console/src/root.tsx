import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { useState } from 'react'
import { ApiProblem, isSignedOut } from './api/problem.ts'
import { useWords, WordsProvider } from './locales/words.tsx'
import { leadToSignIn, makeRouter } from './router.tsx'
import { cssVariables, theme } from './theme.ts'
import { AnnouncerProvider } from './ui/announcer.tsx'
import { ProofProvider } from './ui/proof.tsx'

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
setNonce(nonce)

const retriesMax = 2

/** Makes the client of all data; `onSignedOut`: a request was refused because the session has ended. */
function makeQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: unknown): void => {
    if (isSignedOut(error)) onSignedOut()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) =>
          failures < retriesMax && error instanceof ApiProblem && (error.code === 'unreachable' || error.status >= 500),
      },
      // What a mutation answers may hold a secret: nothing keeps it once nobody shows it.
      mutations: { gcTime: 0, retry: false },
    },
  })
}

function makeParts() {
  const queryClient = makeQueryClient(() => leadToSignIn(router))
  const router = makeRouter(queryClient)
  return { queryClient, router }
}

/** Where menus, dialogs and messages appear: outside of the page's flow, inside of a landmark. */
function Overlays() {
  const { say } = useWords()
  return (
    <>
      <section id="overlays" aria-label={say('shell.overlays')} />
      <Notifications position="bottom-right" />
    </>
  )
}

/** The whole console: theme, words, data and routes. */
export function Root() {
  const [{ queryClient, router }] = useState(makeParts)
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queryClient}>
        <WordsProvider>
          <AnnouncerProvider>
            <ProofProvider>
              <RouterProvider router={router} />
            </ProofProvider>
            <Overlays />
          </AnnouncerProvider>
        </WordsProvider>
      </QueryClientProvider>
    </MantineProvider>
  )
}

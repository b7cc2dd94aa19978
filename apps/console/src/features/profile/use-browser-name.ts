import { useWords } from '../../locales/words.tsx'
import { readUserAgent } from './user-agent.ts'

/** Names the browser of a User-Agent in the page's language: `Firefox on Linux`. */
export function useBrowserName(): (userAgent: string | null) => string {
  const { say } = useWords()
  return (userAgent) => {
    const { browser, system } = readUserAgent(userAgent)
    if (browser !== null && system !== null) return say('profile.sessions.browserOn', { browser, system })
    return browser ?? system ?? say('profile.sessions.unknown')
  }
}

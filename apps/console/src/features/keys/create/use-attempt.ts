import { useRef } from 'react'
import { ApiProblem } from '../../../api/problem.ts'

interface Attempt<Body> {
  readonly asked: string
  readonly body: Body
  readonly idempotencyKey: string
}

/**
 * Keeps one body and one Idempotency-Key for the same wish until it is known how it ended: asking again after a lost answer makes no second key.
 */
export function useAttempt<Body>() {
  const attempt = useRef<Attempt<Body> | null>(null)
  return async <Answer>(
    wish: unknown,
    bodyOf: () => Body,
    send: (attempt: Attempt<Body>) => Promise<Answer>,
  ): Promise<Answer> => {
    const asked = JSON.stringify(wish)
    if (attempt.current?.asked !== asked)
      attempt.current = { asked, body: bodyOf(), idempotencyKey: crypto.randomUUID() }
    try {
      const answer = await send(attempt.current)
      attempt.current = null
      return answer
    } catch (error) {
      // Refused is ended; unreachable or a failure of the server leaves it open whether a key was made.
      const isRefused = error instanceof ApiProblem && error.status >= 400 && error.status < 500
      if (isRefused && error.code !== 'idempotency_in_progress') attempt.current = null
      throw error
    }
  }
}

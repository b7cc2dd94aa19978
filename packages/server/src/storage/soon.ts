import type { Soon } from '@keywright/core'

/** Goes on with an answer at once where it is there, else when it comes. */
export const whenThere = <Answer, Result>(
  answer: Soon<Answer>,
  follow: (answer: Answer) => Soon<Result>,
): Soon<Result> => (answer instanceof Promise ? answer.then(follow) : follow(answer))

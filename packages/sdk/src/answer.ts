export {
  type ProblemTexts,
  type RefusalAnswer as Answer,
  type RefusalCode,
  type RefusalWording as Wording,
  rateLimitFields,
  refusalAnswer as answerOf,
  refusalOf,
} from '@keywright/core'

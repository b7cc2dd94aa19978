/** The beginning of the query keys of the operator area. */
export const operatorKey = (part: 'accounts' | 'plans' | 'operators' | 'people' | 'credentials' | 'log') =>
  ['operator', part] as const

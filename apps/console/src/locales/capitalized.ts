/** A word as it stands at the beginning of a line. */
export const capitalized = (word: string): string => word.charAt(0).toLocaleUpperCase() + word.slice(1)

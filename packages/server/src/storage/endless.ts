/** Stands for "no end" where ends are compared, epoch milliseconds. An index is made with it, so it never changes. */
export const endless = Number.MAX_SAFE_INTEGER

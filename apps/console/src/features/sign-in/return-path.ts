const ownBase = 'http://own.invalid'
const entrances = ['/sign-in', '/new-password', '/setup/']

/** Where someone goes who has signed in: the path of ours from which they came, else the start; never another site, nor back to an entrance. */
export function returnPath(wanted: string | undefined): string {
  if (wanted === undefined || !wanted.startsWith('/') || !URL.canParse(wanted, ownBase)) return '/'
  const { origin, pathname, search, hash } = new URL(wanted, ownBase)
  if (origin !== ownBase || pathname.startsWith('//')) return '/'
  if (entrances.some((entrance) => pathname.startsWith(entrance))) return '/'
  return `${pathname}${search}${hash}`
}

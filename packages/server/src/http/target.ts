const needsNoEscape = /^[A-Za-z0-9._~/\\-]$/

/**
 * Whether a request target names its path in one way only: from the root, without empty or dot segments and without escapes of what needs
 * none. Anything else could be one address to a proxy that guards by path, and another one here.
 */
export function isPlainTarget(target: string): boolean {
  const path = target.split('?', 1)[0] as string
  if (!path.startsWith('/') || /\/\/|[\\#]|\/\.{1,2}(?:\/|$)/.test(path)) return false
  for (const [, digits] of path.matchAll(/%([0-9A-Fa-f]{2})/g)) {
    if (needsNoEscape.test(String.fromCharCode(Number.parseInt(digits as string, 16)))) return false
  }
  return true
}

/** The parts of an entry of `package-lock.json` (lockfile version 3) that are read or written here. */
export interface LockEntry {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
}

/** The entries of a lockfile by their place, `node_modules/<name>` for most. */
export type LockPackages = Readonly<Record<string, LockEntry>>

/** An optional dependency that some entry asks for and the lockfile does not have. */
export interface MissingEntry {
  readonly parent: string
  readonly name: string
  readonly version: string
}

/** The places where Node would look for a package from another one's folder, nearest first. */
function lookups(parent: string, name: string): string[] {
  const folders = [parent]
  for (let at = parent.lastIndexOf('/node_modules/'); at !== -1; at = parent.lastIndexOf('/node_modules/', at - 1)) {
    folders.push(parent.slice(0, at))
  }
  return [...folders.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`]
}

/**
 * Optional dependencies without an entry. npm leaves them out where the registry it is asked does not carry them, and `npm ci` then
 * refuses the whole lockfile, on every platform.
 */
export function missingOptionals(packages: LockPackages): readonly MissingEntry[] {
  return Object.entries(packages).flatMap(([parent, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !lookups(parent, name).some((place) => packages[place] !== undefined))
      .map(([name, version]) => ({ parent, name, version })),
  )
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 'loong64', 's390x', 'x64']

/** The entry of a package for one platform, read from its name (`…-linux-arm64-musl`); throws where the name tells none, or the version is not exact. */
export function platformEntry({ name, version }: MissingEntry, dev: boolean): LockEntry {
  const words = name.split(/[/-]/)
  const os = systems.find((system) => words.includes(system))
  const cpu = processors.find((processor) => words.includes(processor))
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+[\w.+-]*$/.test(version)) {
    throw new Error(
      `${name}@${version} is no package of exact version for one platform: add its entry to package-lock.json by hand`,
    )
  }
  const libc = words.includes('musl') ? ['musl'] : os === 'linux' && words.includes('gnu') ? ['glibc'] : undefined
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc }),
    optional: true,
    os: [os],
  }
}

/** The same entries with each missing optional one added, in npm's order. */
export function completePackages(packages: LockPackages): LockPackages {
  const added = missingOptionals(packages).map((missing): [string, LockEntry] => [
    `node_modules/${missing.name}`,
    platformEntry(missing, packages[missing.parent]?.dev === true),
  ])
  const all = [...Object.entries(packages), ...added].sort(([first], [second]) => first.localeCompare(second, 'en'))
  return Object.fromEntries(all)
}

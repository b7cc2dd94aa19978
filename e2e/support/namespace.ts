import { execFileSync } from 'node:child_process'
import { afterwards } from './cleanup.ts'

/** A network namespace with two links to this one: over one its programs are reached, over the other they reach the database. */
export interface Namespace {
  /** What a program is started with, to run in the namespace. */
  readonly prefix: readonly string[]
  /** Where its programs are reached. */
  readonly address: string
  /** The addresses of this machine as its programs see them: over the link of their callers, and over that of the database. */
  readonly outside: string
  readonly databaseSide: string
  /** Whether the kernel drops every packet between its programs and the database. */
  drop(drops: boolean): void
}

const ip = (...parameters: readonly string[]): void => void execFileSync('ip', parameters, { stdio: 'pipe' })

/** Makes a namespace that goes with the file's tests; `undefined` where this machine does not let us (it takes root and `ip`). */
export function openNamespace(): Namespace | undefined {
  const { pid } = process
  const name = `keywright-e2e-${pid}`
  // RFC 2544: for measurements of networks, so it is nobody's address; another part of it for each run.
  const net = `198.18.${(pid % 200) + 20}`
  const remove = () => {
    try {
      ip('netns', 'del', name)
    } catch {
      // It was never made.
    }
  }
  const link = (letter: string, first: number) => {
    const [inside, outside] = [`kwi${letter}${pid}`, `kwo${letter}${pid}`]
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside)
    ip('link', 'set', inside, 'netns', name)
    ip('addr', 'add', `${net}.${first}/30`, 'dev', outside)
    ip('link', 'set', outside, 'up')
    ip('-n', name, 'addr', 'add', `${net}.${first + 1}/30`, 'dev', inside)
    ip('-n', name, 'link', 'set', inside, 'up')
    return outside
  }
  try {
    ip('netns', 'add', name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    link('c', 1)
    const database = link('d', 5)
    afterwards(remove)
    return {
      prefix: ['ip', 'netns', 'exec', name],
      address: `${net}.2`,
      outside: `${net}.1`,
      databaseSide: `${net}.5`,
      drop: (drops) => ip('link', 'set', database, drops ? 'down' : 'up'),
    }
  } catch {
    remove()
    return undefined
  }
}

import { execFileSync } from 'node:child_process'
import { atExit } from '../endings.ts'
import type { Network } from './network.ts'

/** A network of the kernel's: whoever runs in its namespace reaches the server over a link that can be taken down. */
export interface NamespaceNetwork extends Network {
  /** What a program is started with, to run in the namespace. */
  readonly prefix: readonly string[]
}

const ip = (...args: readonly string[]): void => void execFileSync('ip', args, { stdio: 'pipe' })

/**
 * Makes a network namespace with one link to this one; `undefined` where this machine does not let us (it takes root and `ip`). Of weathers it
 * knows `drops`: the kernel then drops every packet of the link. The server has to listen on every address.
 */
export function startNamespaceNetwork(serverUrl: string): NamespaceNetwork | undefined {
  const name = `keywright-${process.pid}`
  const [inside, outside] = [`kwi${process.pid}`, `kwo${process.pid}`]
  // RFC 2544: for benchmarks of networks, so it is nobody's address.
  const [insideAddress, outsideAddress] = ['198.18.77.2', '198.18.77.1']
  const remove = () => {
    try {
      ip('netns', 'del', name)
    } catch {
      // It was never made.
    }
  }
  try {
    ip('netns', 'add', name)
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside)
    ip('link', 'set', inside, 'netns', name)
    ip('addr', 'add', `${outsideAddress}/30`, 'dev', outside)
    ip('link', 'set', outside, 'up')
    ip('-n', name, 'addr', 'add', `${insideAddress}/30`, 'dev', inside)
    ip('-n', name, 'link', 'set', inside, 'up')
  } catch {
    remove()
    return undefined
  }
  const forget = atExit(remove)
  return {
    url: `http://${outsideAddress}:${new URL(serverUrl).port}`,
    prefix: ['ip', 'netns', 'exec', name],
    become: ({ drops }) => ip('link', 'set', outside, drops === true ? 'down' : 'up'),
    close: async () => {
      forget()
      remove()
    },
  }
}

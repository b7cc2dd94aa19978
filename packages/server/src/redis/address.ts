import type { Secret } from '../secret.ts'

const standardPort = 6_379

/** Where a Redis is, and as whom it is spoken to. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly username?: string
  readonly password?: string
  readonly db: number
  /** Present: by TLS, with what the machine trusts. */
  readonly tls?: object
}

/** Where a Redis is, from an address that the settings have let through. */
export function addressOf(url: Secret): RedisAddress {
  const { protocol, hostname, port, username, password, pathname } = new URL(url.expose())
  // The brackets of an IPv6 address belong to the address of a page, not to the host.
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    host,
    port: port === '' ? standardPort : Number(port),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    db: Number(pathname.slice(1)),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  }
}

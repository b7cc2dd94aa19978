import { parseRanges } from '@keywright/core'
import { describe, expect, it } from 'vitest'
import { mayGoTo, urlFault } from './address.ts'
import { post, type Resolve } from './post.ts'

const none = parseRanges([])
const unasked: Resolve = async (hostname) => {
  throw new Error(`${hostname} was looked up`)
}
/** What becomes of a URL whose name, if it is one, leads to these addresses. */
const outcome = async (url: string, addresses: readonly string[] | null = null) =>
  await post(new URL(url), {}, '{}', {
    resolve: addresses === null ? unasked : async () => addresses,
    allowed: none,
    timeoutMs: 2_000,
  })
const refused = { error: 'address_not_allowed' }

/** Ways to write addresses that nobody outside may make us go to. */
const privateForms: readonly (readonly [what: string, url: string])[] = [
  ['loopback', 'https://127.0.0.1/'],
  ['loopback, another one', 'https://127.255.255.254/'],
  ['decimal', 'https://2130706433/'],
  ['hexadecimal', 'https://0x7f000001/'],
  ['octal', 'https://0177.0.0.1/'],
  ['short', 'https://127.1/'],
  ['hexadecimal and short', 'https://0x7f.1/'],
  ['fullwidth digits', 'https://１２７.０.０.１/'],
  ['circled digits', 'https://①②⑦.⓪.⓪.①/'],
  ['with a dot at the end', 'https://127.0.0.1./'],
  ['encoded', 'https://%31%32%37.0.0.1/'],
  ['nothing', 'https://0/'],
  ['this network', 'https://0.0.0.0/'],
  ['10/8', 'https://10.1.2.3/'],
  ['172.16/12', 'https://172.31.255.255/'],
  ['192.168/16', 'https://192.168.0.1/'],
  ['carriers', 'https://100.64.0.1/'],
  ['link-local: metadata of clouds', 'https://169.254.169.254/latest/meta-data/'],
  ['metadata, decimal', 'https://2852039166/'],
  ['protocol assignments', 'https://192.0.0.192/'],
  ['documentation', 'https://203.0.113.7/'],
  ['benchmarks', 'https://198.18.0.1/'],
  ['multicast', 'https://224.0.0.1/'],
  ['reserved', 'https://240.0.0.1/'],
  ['broadcast', 'https://255.255.255.255/'],
  ['IPv6 loopback', 'https://[::1]/'],
  ['IPv6 unspecified', 'https://[::]/'],
  ['IPv6 long', 'https://[0:0:0:0:0:0:0:1]/'],
  ['IPv4-mapped', 'https://[::ffff:127.0.0.1]/'],
  ['IPv4-mapped metadata', 'https://[::ffff:a9fe:a9fe]/'],
  ['IPv4-compatible', 'https://[::127.0.0.1]/'],
  ['NAT64', 'https://[64:ff9b::7f00:1]/'],
  ['NAT64, local use', 'https://[64:ff9b:1::a00:1]/'],
  ['6to4', 'https://[2002:7f00:1::]/'],
  ['Teredo', 'https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/'],
  ['unique local', 'https://[fd00::1]/'],
  ['unique local of clouds', 'https://[fd00:ec2::254]/'],
  ['link-local IPv6', 'https://[fe80::1]/'],
  ['site-local', 'https://[fec0::1]/'],
  ['IPv6 multicast', 'https://[ff02::1]/'],
  ['IPv6 documentation', 'https://[2001:db8::1]/'],
]

describe('webhooks do not reach into the own network', () => {
  it.each(privateForms)('refuses %s: %s', async (_what, url) => {
    expect(await outcome(url)).toEqual(refused)
  })

  it.each([
    ['a name of the machine itself', ['127.0.0.1']],
    ['a name with a private address', ['10.0.0.5']],
    ['a name with a mapped address', ['::ffff:192.168.1.1']],
    ['a name with a zone', ['fe80::1%eth0']],
    ['a name of which one address is private', ['93.184.215.14', '169.254.169.254']],
    ['a name that leads to no address at all', ['not-an-address']],
  ] as const)('refuses %s', async (_what, addresses) => {
    expect(await outcome('https://hooks.example.com/', addresses)).toEqual(refused)
  })

  it.each([
    ['http', 'http://hooks.example.com/'],
    ['a user name', 'https://user@hooks.example.com/'],
    ['a password', 'https://:password@hooks.example.com/'],
    ['another port', 'https://hooks.example.com:6379/'],
    ['another scheme', 'ftp://hooks.example.com/'],
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
  ])('refuses %s before anything is looked up', async (_what, url) => {
    expect(await outcome(url)).toEqual(refused)
    expect(urlFault(new URL(url), none)).toMatch(/\.$/)
  })

  it('allows public addresses by https at two ports', () => {
    for (const address of ['93.184.215.14', '2606:4700::6810:84e5', '2a00:1450:4001:80b::200e']) {
      expect(mayGoTo(new URL('https://hooks.example.com/'), address, none)).toBe(true)
      expect(mayGoTo(new URL('https://hooks.example.com:8443/'), address, none)).toBe(true)
      expect(mayGoTo(new URL('https://hooks.example.com:22/'), address, none)).toBe(false)
      expect(mayGoTo(new URL('http://hooks.example.com/'), address, none)).toBe(false)
    }
  })

  it('an operator allows networks of their own, and with them http and any port there, but nowhere else', () => {
    const allowed = parseRanges(['10.0.0.0/8', 'fd00::/8'])
    const url = new URL('http://hooks.internal:9000/')
    expect(urlFault(url, allowed)).toBeUndefined()
    expect(mayGoTo(url, '10.1.2.3', allowed)).toBe(true)
    expect(mayGoTo(url, '::ffff:10.1.2.3', allowed)).toBe(true)
    expect(mayGoTo(url, 'fd12::1', allowed)).toBe(true)
    expect(mayGoTo(url, '127.0.0.1', allowed)).toBe(false)
    expect(mayGoTo(url, '93.184.215.14', allowed)).toBe(false)
  })
})

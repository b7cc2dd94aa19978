import { createHmac } from 'node:crypto'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openPage, type WatchedPage } from './browser.ts'
import type { InProcess } from './in-process.ts'
import { createAccount } from './operating.ts'
import { becomeMember, type SignsIn, someone } from './people.ts'

/** Fills the first step of the sign-in form in, and sends it. */
export async function typeSignIn(page: Page, { email, password }: Omit<SignsIn, 'name'>): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Signs someone in at the page for it, and waits for the page that they are led to. */
export async function signIn(page: Page, url: string, person: Omit<SignsIn, 'name'>): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await typeSignIn(page, person)
  await page.getByRole('button', { name: 'Your menu' }).waitFor()
}

/** Signs out by the person's menu, and waits for the page of sign-in. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Your menu' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
}

/** A request that the page itself makes, as its own scripts do: with its cookies and its origin. */
export const ask = (page: Page, method: string, path: string, body?: unknown) =>
  page.evaluate(
    async ([verb, address, text]) => {
      const response = await fetch(address as string, {
        method: verb as string,
        ...(text === null ? {} : { body: text, headers: { 'Content-Type': 'application/json' } }),
      })
      const answer: unknown = await response.json().catch(() => null)
      return { status: response.status, body: answer as Readonly<Record<string, unknown>> | null }
    },
    [method, path, body === undefined ? null : JSON.stringify(body)] as const,
  )

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The bytes of a base32 text (RFC 4648, section 6). */
function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** What an authenticator app shows at a moment for a secret (RFC 6238: SHA-1, 30 seconds, six digits). */
export function totpCode(secret: string, atMs: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)))
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = (digest.at(-1) as number) & 15
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

/** A device's own authenticator, which knows its person by fingerprint. */
export interface Authenticator {
  /** How many passkeys it keeps. */
  count(): Promise<number>
  /** Whether a finger lies on it. */
  touch(present: boolean): Promise<void>
}

/** Gives a page's browser an authenticator in software (ctap2, resident keys, user verification). */
export async function addAuthenticator(context: BrowserContext, page: Page): Promise<Authenticator> {
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    count: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    touch: async (enabled) => {
      await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
  }
}

/** Someone who is signed in at a page of their own. */
export interface Present extends WatchedPage {
  readonly person: SignsIn
  /** The account to which they belong. */
  readonly account: string
}

/** Opens a page of someone by a first name who is signed in as a member; without an account, one is made for them, whose administrator they are. */
export async function openAs(
  browser: Browser,
  { url, operator }: Pick<InProcess, 'url' | 'operator'>,
  name: string,
  { account, role = 'admin' }: { readonly account?: string; readonly role?: string } = {},
): Promise<Present> {
  const person = someone(name)
  const opened = await openPage(browser)
  const joined = account ?? (await createAccount(operator, `${name}’s`)).id
  await becomeMember(opened.context, url, operator, { account: joined, role, person })
  return { ...opened, person, account: joined }
}

/** Goes to the person's own page. */
export async function openProfile(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/profile`)
  await page.getByRole('heading', { level: 1, name: 'Profile and security' }).waitFor()
}

const passwordCharactersMin = 12

/** The most characters of a password. */
export const passwordCharactersMax = 128

/** What people choose most where twelve characters are asked for, without case, digits at the ends and repetition. */
const known = new Set(
  `password passwort motdepasse contrasena wachtwoord passw0rd p@ssw0rd p@ssword qwerty qwertyuiop azerty azertyuiop qwertz qwertzuiop asdfghjkl
  zxcvbnm yxcvbnm 1q2w3e4r5t6y 1qaz2wsx3edc qazwsxedc qazwsxedcrfv zaq12wsxcde iloveyou iloveyouforever ilovemyfamily letmein letmeinnow letmeinplease welcome
  welcomehome welcomeback administrator admin adminadmin root changeme changemenow changeit pleasechangeme default secret topsecret supersecret
  monkey dragon football baseball basketball superman batman princess sunshine starwars trustno master michael jennifer charlie liverpool
  whatever computer internet nothing unknown passphrase mypassword thisismypassword mysecretpassword secretpassword newpassword oldpassword
  yourpassword password!password correcthorsebatterystaple correct-horse-battery-staple opensesame abracadabra keywright apikey testtest testpassword
  temporary temppassword summer winter spring autumn january february august september october november december monday`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

const runs = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
]
const bothWays = runs
  .map((run) => run.repeat(Math.ceil(passwordCharactersMax / run.length) + 1))
  .flatMap((run) => [run, [...run].reverse().join('')])

/** The shortest text that a password repeats: `abcabcabcabc` is `abc`. */
function unitOf(text: string): string {
  const shift = `${text}${text}`.indexOf(text, 1)
  return text.slice(0, shift)
}

/** Digits and signs at the ends do not make a known word another one. */
const bare = (text: string): string => text.replace(/^[\d\W_]+|[\d\W_]+$/g, '')

function isWellKnown(lower: string): boolean {
  const unit = unitOf(lower)
  if (unit.length <= 4 && unit.length < lower.length) return true
  if (bothWays.some((run) => run.includes(lower) || run.includes(unit))) return true
  return [lower, unit, bare(lower), unitOf(bare(lower)), bare(unit)].some((text) => known.has(text))
}

/**
 * Why a password cannot be used, as a sentence; `undefined`: it can. Length is what counts (12 to 128 characters, no rule about kinds of characters,
 * NIST SP 800-63B section 5.1.1.2); what is widely known, repeats itself, runs along the alphabet or the keyboard, or is the person's own address is refused.
 */
export function passwordFault(password: string, email: string): string | undefined {
  const characters = [...password].length
  if (characters < passwordCharactersMin)
    return `Use at least ${passwordCharactersMin} characters; this has ${characters}.`
  if (characters > passwordCharactersMax)
    return `Use at most ${passwordCharactersMax} characters; this has ${characters}.`
  if (!password.isWellFormed()) return 'The text contains half of a surrogate pair. Use well-formed Unicode.'
  const lower = password.normalize('NFKC').toLowerCase().trim()
  const address = email.toLowerCase()
  const local = address.split('@', 1)[0] as string
  const own = [lower, unitOf(lower), bare(lower)]
  if (own.includes(address) || own.includes(local))
    return 'The e-mail address is not a password. Choose something that others cannot know.'
  if (isWellKnown(lower))
    return 'This password is widely known or easy to guess. Choose another one; several unrelated words are good.'
  return undefined
}

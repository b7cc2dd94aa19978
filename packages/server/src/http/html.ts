import { createHash } from 'node:crypto'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as HTML shows it, in content and in quoted attributes. */
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] as string)

/** HTML that may go out as it is. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | readonly Part[] | null | false

const render = (part: Part): string => {
  if (part === null || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(render).join('')
  return escapeHtml(String(part))
}

/** A template that escapes everything but other HTML. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.map((each, index) => (index < parts.length ? each + render(parts[index] as Part) : each)).join(''))

const style = `:root{color-scheme:light dark;--ink:#1a1c20;--soft:#555b66;--line:#d9dce2;--paper:#fff;--tint:#f4f5f7;--accent:#1a56c4}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#a5abb6;--line:#3a3f48;--paper:#15171b;--tint:#1f2228;--accent:#8ab4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
main,header,nav{max-width:60rem;margin:0 auto;padding:1rem 1.25rem}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.25rem;margin-top:2.5rem;border-top:1px solid var(--line);padding-top:1.5rem}h3{font-size:1.05rem;margin-top:2rem}
a{color:var(--accent)}a:focus-visible,button:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
code,pre{font:0.9em/1.5 ui-monospace,monospace;background:var(--tint)}code{padding:0.1em 0.3em;border-radius:3px;overflow-wrap:anywhere}
pre{padding:0.75rem 1rem;overflow-x:auto;border-radius:6px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:0.4rem 0.75rem 0.4rem 0;border-bottom:1px solid var(--line)}
.soft{color:var(--soft)}.method{font-weight:700}
button{font:inherit;padding:0.6rem 1.2rem;border:0;border-radius:6px;background:var(--accent);color:var(--paper);cursor:pointer}
.skip{position:absolute;left:-999px}.skip:focus{position:static}
ul.plain{list-style:none;padding:0;columns:2 18rem}`

const styleHash = createHash('sha256').update(style).digest('base64')

/** The policy of our own pages: no script, nothing from elsewhere, our one style by its hash, forms to ourselves. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

/** A whole page of ours, readable without style or script. */
export const page = (title: string, body: Html, language = 'en'): string =>
  html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<main id="main">
${body}
</main>
</body>
</html>
`.text

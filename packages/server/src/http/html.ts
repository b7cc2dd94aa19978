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

const style = `:root{color-scheme:light dark;--ink:#1b1d22;--soft:#5a606c;--line:#e3e5ea;--paper:#fff;--tint:#f6f7f9;--accent:#4a5bd4;--on-accent:#fff;--caution:#8a4b00;--caution-tint:#fff7e8}
@media (prefers-color-scheme:dark){:root{--ink:#e7e9ee;--soft:#a3a9b6;--line:#2c3038;--paper:#111317;--tint:#191c22;--accent:#a3aeff;--on-accent:#111317;--caution:#f2c078;--caution-tint:#221c12}}
*{box-sizing:border-box}
html{scroll-padding-top:1.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:400 .9375rem/1.6 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
main,.bar{max-width:70rem;margin:0 auto;padding:0 1.5rem}
main{padding-top:2rem;padding-bottom:4rem}
header.top{border-bottom:1px solid var(--line)}footer{border-top:1px solid var(--line);color:var(--soft)}
.bar{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:center;justify-content:space-between;min-height:3.5rem}.bar p{margin:.5rem 0}
h1,h2,h3,h4{font-weight:600;letter-spacing:-.011em;text-wrap:balance}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}h2{font-size:1.25rem;line-height:1.4;margin:3rem 0 .75rem;padding-top:1.5rem;border-top:1px solid var(--line)}h3{font-size:1rem;line-height:1.5;margin:2rem 0 .5rem}h4{font-size:.875rem;margin:1.25rem 0 .5rem}
p{margin:.5rem 0 .75rem}ul,ol{margin:.5rem 0 1rem;padding-left:1.5rem}li{margin:.25rem 0}li::marker{color:var(--soft)}
p,li{max-width:44rem}strong{font-weight:600}
a{color:var(--accent);text-underline-offset:.2em;text-decoration-thickness:1px}a:hover{text-decoration-thickness:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
code,pre{font:.8125rem/1.6 "JetBrains Mono",ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{padding:.1em .35em;border-radius:4px;background:var(--tint);overflow-wrap:anywhere}
pre{margin:.75rem 0;padding:.875rem 1rem;overflow-x:auto;border:1px solid var(--line);border-radius:8px;background:var(--tint)}pre code{padding:0;background:none;overflow-wrap:normal}
.wide{overflow-x:auto;margin:1rem 0;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:.8125rem;line-height:1.5;font-variant-numeric:tabular-nums}
caption{padding:.75rem 1rem 0;text-align:left;color:var(--soft)}
th,td{padding:.625rem 1rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);min-width:6rem}
tbody:last-child tr:last-child>*{border-bottom:0}
thead th{color:var(--soft);font-weight:500;white-space:nowrap}tbody th{font-weight:600}tr.group th{background:var(--tint);color:var(--soft);font-weight:500}
td ul,td ol{margin:0;padding:0;list-style:none}td li{margin:0}td p{margin:0 0 .25rem}td table{font-size:inherit}td code,th code{overflow-wrap:normal}
.note{display:block;font-weight:400;color:var(--soft)}.soft{color:var(--soft)}.method{font-weight:600}
.advice{padding:.625rem 1rem;border:1px solid var(--line);border-left:3px solid var(--caution);border-radius:4px;background:var(--caution-tint)}
button{font:inherit;font-weight:500;padding:.5rem 1rem;border:0;border-radius:8px;background:var(--accent);color:var(--on-accent);cursor:pointer}
.skip{position:absolute;left:-999px}.skip:focus{position:static;display:inline-block;margin:.5rem 1.5rem}
ul.plain{list-style:none;padding:0;columns:2 18rem}ul.line{display:flex;flex-wrap:wrap;gap:0 1rem;list-style:none;margin:0;padding:0}
ul.line a[aria-current],.contents a{text-decoration:none}ul.line a{display:inline-block;padding:.25rem 0}ul.line a[aria-current]{color:var(--ink);font-weight:600}
.contents p{margin:0 0 .5rem}.contents ul{list-style:none;margin:0;padding:0;columns:2 9rem}.contents li{margin:0;break-inside:avoid}.contents a{display:block;padding:.25rem 0;color:var(--ink)}.contents a:hover{color:var(--accent)}
.columns{margin-top:2rem}.columns article{min-width:0;margin-top:1.5rem}section:first-child>h2{margin-top:0;padding-top:0;border:0}
@media (min-width:60rem){.columns{display:grid;grid-template-columns:13rem minmax(0,1fr);gap:3.5rem}.columns article{margin-top:0}.contents{position:sticky;top:0;align-self:start;max-height:100vh;overflow-y:auto;padding:.25rem 0 2rem;font-size:.8125rem}.contents ul{columns:auto}}
@media (max-width:30rem){main,.bar{padding-left:1rem;padding-right:1rem}th,td{padding:.5rem .75rem}caption{padding:.75rem .75rem 0}}
@media print{.contents,.skip{display:none}.wide{overflow:visible}}`

const styleHash = createHash('sha256').update(style).digest('base64')

/** The policy of our own pages: no script, nothing from elsewhere, our one style by its hash, forms to ourselves. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

/** What a page has around its content. */
export interface PageFrame {
  /** Of the page's own sentences. Default: `en`. */
  readonly language?: string
  /** The text of the link that leads past the header. */
  readonly skip?: string
  readonly header?: Html | null
  readonly footer?: Html | null
}

/** A whole page of ours, readable without style or script. */
export const page = (
  title: string,
  body: Html,
  { language = 'en', skip = 'Skip to the content', header = null, footer = null }: PageFrame = {},
): string =>
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
<a class="skip" href="#main">${skip}</a>
${
  header !== null &&
  html`<header class="top"><div class="bar">
${header}
</div></header>
`
}<main id="main">
${body}
</main>
${
  footer !== null &&
  html`<footer><div class="bar">
${footer}
</div></footer>
`
}</body>
</html>
`.text

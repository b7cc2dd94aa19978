import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from './run.ts'

const root = 'KeywrightConfig'
const lineWidth = 120

/** The exported types of a source text by name, each with its docstring; functions are left out, and `readonly` with them, which a reader needs not. */
export function typesOf(source: string): ReadonlyMap<string, string> {
  const declaration =
    /^(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:(?:interface|type) (\w+)[\s\S]*?(?=\n\n|\n$|\nexport )|const (\w+) = \[[^\]]*\] as const$)/gm
  return new Map(
    [...source.matchAll(declaration)].map(([text, type, constant]) => [
      (type ?? constant) as string,
      text
        .replaceAll(/^export /gm, '')
        .replaceAll(/\breadonly (?=[\w$]+\??:)/g, '')
        .replaceAll(/\n( +)(.*):((?:\n +\| .*)+)/g, (lines: string, indent: string, name: string, union: string) => {
          // What fits into one line without its modifiers is written so, as the formatter has it.
          const line = `${indent}${name}: ${union
            .trim()
            .replace(/^\| /, '')
            .replaceAll(/\n +\| /g, ' | ')}`
          return line.length > lineWidth ? lines : `\n${line}`
        })
        .trim(),
    ]),
  )
}

/** docs/configuration.md: every field of the configuration, from the types that check it. */
export async function configurationDocument(): Promise<string> {
  const types = typesOf(await readFile(join(repository, 'packages/core/src/config/types.ts'), 'utf8'))
  const whole = types.get(root)
  if (whole === undefined) throw new Error(`packages/core/src/config/types.ts has no ${root}`)
  const parts = [...types].filter(([name]) => name !== root).map(([, text]) => text)
  return `<!-- Made by \`npm run generate\` from the code. Do not edit. -->

# The configuration

One file says what your product's keys are: \`keywright.config.ts\`, or \`.js\` or \`.json\`, in the folder from which the server starts, or where
\`KEYWRIGHT_CONFIG\` or \`--config\` says. A program exports it as \`config\`, made by \`defineConfig\`, with which an editor completes and explains each field.
\`npx keywright config check <file>\` names everything that is wrong with it: where, what stands there, and how to mend it.
[Protect an API](guides/protect-an-api.md) begins with a small one; [the examples](../examples/README.md) have whole ones.

Ids are lower-case letters, digits, \`-\` and \`_\`, and begin with a letter. A question mark marks what can be left out.

## All of it

\`\`\`ts
${whole}
\`\`\`

## Its parts

\`\`\`ts
${parts.join('\n\n')}
\`\`\`
`
}

/** The fenced code blocks of a Markdown text whose opening line is a language and a name: "```sh walk". */
export function namedBlocks(markdown: string, language: string): ReadonlyMap<string, string> {
  const fence = new RegExp(`^\`\`\`${language} (\\S+)\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return new Map([...markdown.matchAll(fence)].map(([, name, text]) => [name as string, text as string]))
}

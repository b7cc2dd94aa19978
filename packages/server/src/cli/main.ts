#!/usr/bin/env -S node --max-semi-space-size=16 --no-allocation-site-pretenuring
// Node would let its young generation grow to 128 MB wherever the machine has much memory; 32 MB take nothing from the speed of a check. And once many
// requests at a time were under way, it would make what every check makes and drops outside of that generation: each check a fifth dearer, and all held up.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `Keywright needs Node 24 or newer; this is Node ${process.versions.node}. Install Node 24, or run it from the repository by npm, which brings its own.\n`,
  )
  process.exitCode = 1
} else {
  // Loaded only now, since an older Node cannot load it; the cache has to be there before the rest is compiled.
  const { keepCompiled } = await import('./compile-cache.ts')
  keepCompiled()
  const [{ run }, { processTerminal }] = await Promise.all([import('./program.ts'), import('./terminal.ts')])
  process.exitCode = await run(process.argv.slice(2), processTerminal())
}

export {}

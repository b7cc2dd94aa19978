import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The console is built into the server's package, which serves the folder as it is. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../../packages/server/console',
    emptyOutDir: true,
    target: 'es2023',
    // Of the same age: older targets would have `light-dark()` rewritten, and lose its colours.
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    // A file of its own for each asset: nothing inlined that a policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
  logLevel: 'warn',
})

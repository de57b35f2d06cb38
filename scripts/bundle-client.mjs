// One file of the client for pages without a bundler: <script type="module"> imports it as it stands.
import { build } from 'esbuild'

const folder = new URL('../packages/client/', import.meta.url).pathname
await build({
  entryPoints: [`${folder}src/index.ts`],
  outfile: `${folder}dist/browser.js`,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
})

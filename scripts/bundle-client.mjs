// The files of @wshub/client that run in browsers. tsc makes their types.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { minified, options, packages } from './client-bundle.cjs'

const client = join(packages, 'client')
await Promise.all([
  // For bundlers and Node.
  build({ ...options, outfile: join(client, 'dist/index.js'), sourcemap: true }),
  // For pages without a bundler: <script type="module"> imports it as it stands.
  minified().then(({ code }) => writeFile(join(client, 'dist/browser.js'), code)),
  build({
    ...options,
    mangleProps: undefined,
    entryPoints: [join(client, 'src/react/index.ts')],
    outfile: join(client, 'dist/react/index.js'),
    external: ['react'],
    sourcemap: true,
  }),
])

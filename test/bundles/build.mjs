// Builds the page of the app with a bundler: `build.mjs <bundler> <page> <folder>`. Writes `<bundler>.js`.

import { promisify } from 'node:util'

const [bundler, page, folder] = process.argv.slice(2)
const file = `${bundler}.js`

const builders = {
  async esbuild() {
    const { build } = await import('esbuild')
    await build({ entryPoints: [page], outfile: `${folder}/${file}`, bundle: true, minify: true, format: 'esm' })
  },
  async vite() {
    const { build } = await import('vite')
    const rollupOptions = { input: page, output: { entryFileNames: file } }
    await build({
      configFile: false,
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: false, rollupOptions },
    })
  },
  async webpack() {
    const { default: webpack } = await import('webpack')
    const compiler = webpack({ mode: 'production', entry: page, output: { path: folder, filename: file } })
    const stats = await promisify(compiler.run.bind(compiler))()
    if (stats.hasErrors()) throw new Error(stats.toString())
  },
}

await builders[bundler]()

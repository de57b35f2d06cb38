import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { compile as compileSvelte } from 'svelte/compiler'
import { compileScript, parse } from 'vue/compiler-sfc'
import { readFileSync } from 'node:fs'

// The recipes of docs/front-ends.md as a page: the files that the examples name, compiled as the tools of the frameworks do.

const root = join(__dirname, '../..')
const DOC = readFileSync(join(root, 'docs/front-ends.md'), 'utf8')

/** The first example in a language, or the one that names a file in its first line. */
function example(language: string, file = ''): string {
  const head = file && `// ${file}\n`
  const [, code = ''] = new RegExp(`^\`\`\`${language}\n(${head}[\\s\\S]*?)^\`\`\`$`, 'm').exec(DOC) ?? []
  if (!code) throw new Error(`docs/front-ends.md has no example of ${language} ${file}.`)
  return code
}

function vueComponent(): string {
  const { descriptor } = parse(example('vue'))
  return compileScript(descriptor, { id: 'recipe', inlineTemplate: true }).content
}

const ENTRIES = {
  vue: `import { createApp, h } from 'vue'
    import Recipe from './Recipe.vue'
    let app
    window.mount = () => (app = createApp({ render: () => [h(Recipe), h(Recipe)] })).mount(document.body)
    window.unmount = () => app.unmount()`,
  svelte: `import { mount, unmount } from 'svelte'
    import Recipe from './Recipe.svelte'
    let shown
    window.mount = () => (shown = [0, 1].map(() => mount(Recipe, { target: document.body })))
    window.unmount = () => shown.forEach((one) => unmount(one))`,
}

/** The frameworks with a recipe. */
export type FrontEnd = keyof typeof ENTRIES

function contentsOf(path: string): string {
  if (path.endsWith('.vue')) return vueComponent()
  if (path.endsWith('.svelte')) return compileSvelte(example('svelte'), { generate: 'client' }).js.code
  return example('ts', path.slice(2).replace(/js$/, 'ts'))
}

const recipes: Plugin = {
  name: 'recipes',
  setup(building) {
    building.onResolve({ filter: /^\.\/[\w-]+\.(js|vue|svelte)$/ }, ({ path, namespace, importer }) =>
      namespace === 'recipe' || importer.endsWith('<stdin>') ? { path, namespace: 'recipe' } : undefined,
    )
    building.onLoad({ filter: /.*/, namespace: 'recipe' }, ({ path }) => {
      return { contents: contentsOf(path), loader: 'ts', resolveDir: root }
    })
  },
}

/** A script that mounts the component of a recipe twice. */
export async function pageOf(frontEnd: FrontEnd): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: ENTRIES[frontEnd], resolveDir: root },
    plugins: [recipes],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['browser', 'development'],
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

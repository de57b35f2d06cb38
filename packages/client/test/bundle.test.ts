import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Bytes of the whole client, minified and compressed. */
const MAX_BYTES = 8_800

test('the client is one small file without a dependency', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(__dirname, '../src/index.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
  })
  expect(gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length).toBeLessThan(MAX_BYTES)
  expect(Object.keys(metafile.inputs).filter((path) => !path.startsWith('packages/client/src/'))).toEqual([])
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([])
})

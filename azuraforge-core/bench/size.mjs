import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** What a page would load: the whole package, minified and gzipped. */
async function gzippedBytes(entry) {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from '${entry}';`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    external: ['webgpu', 'node:*'],
    // The package says that its modules do nothing when imported; all of them count here.
    ignoreAnnotations: true,
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/** Bytes of ours, all devices included, and of the peer that is nearest in kind. */
export async function measureSizes() {
  return { ours: await gzippedBytes('../dist/index.js'), jax: await gzippedBytes('@jax-js/jax') };
}

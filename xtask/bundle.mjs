// Bundles scripts and styles with esbuild. Reads from stdin a list of jobs
//   [{ entry, outfile, minify, define, external, isGlue }]
// and writes one file for each. A script's `import css from '….css'` becomes the bundled style sheet as a string, which is
// how the component carries its styles to `adoptedStyleSheets` without a request of their own.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { build } from 'esbuild';

// What the component itself needs (constructed style sheets, `:state()`) is younger than this, so nothing is lost.
const target = ['es2022', 'chrome120', 'firefox121', 'safari17'];

const cssAsText = minify => ({
  name: 'css-as-text',
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ entryPoints: [path], bundle: true, minify, target, write: false, logLevel: 'warning' });
      return { contents: outputFiles[0].text.trim(), loader: 'text' };
    });
  },
});

/**
 * wasm-bindgen's glue comes with copies of our scripts, which the loader has as well. It is given the loader's instead: the bundle
 * exports `provide`, which takes them as an object.
 */
const provided = {
  name: 'provided',
  setup(bundler) {
    bundler.onResolve({ filter: /^provided$/ }, () => ({ path: 'provided', namespace: 'provided' }));
    bundler.onLoad({ filter: /./, namespace: 'provided' }, () => ({
      contents: 'export const parts = {}; export const provide = given => Object.assign(parts, given);',
    }));
    bundler.onLoad({ filter: /\/snippets\/[^/]+\/src\/(browser|markup\/\w+)\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const others = text.match(/^export \* from .*$/gm) ?? [];
      const names = [...text.matchAll(/^export (?:async )?(?:const|function) (\w+)/gm)].map(([, name]) => name);
      const exports = names.map(name => `export const ${name} = (...values) => parts.${name}(...values);`);
      return { contents: ["import { parts } from 'provided';", ...others, ...exports].join('\n') };
    });
  },
};

for (const { entry, outfile, minify, define, external, isGlue } of JSON.parse(readFileSync(0, 'utf8'))) {
  const isScript = !entry.endsWith('.css');
  const glue = JSON.stringify(entry);
  const joined = `export * from ${glue}; export { default } from ${glue}; export { provide } from 'provided';`;
  await build({
    ...(isGlue ? { stdin: { contents: joined, resolveDir: dirname(entry) } } : { entryPoints: [entry] }),
    outfile,
    bundle: true,
    minify,
    target,
    define,
    external,
    format: isScript ? 'esm' : undefined,
    plugins: isScript ? [cssAsText(minify), ...(isGlue ? [provided] : [])] : [],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    // A debug build's glue names a script once for each `extern` block that it is imported by.
    logOverride: isGlue ? { 'duplicate-object-key': 'silent' } : {},
  });
}

// Bundles scripts and styles with esbuild. Reads from stdin a list of jobs
//   [{ entry, outfile, minify, define, external }]
// and writes one file for each. A script's `import css from '….css'` becomes the bundled style sheet as a string, which is
// how the component carries its styles to `adoptedStyleSheets` without a request of their own.
import { readFileSync } from 'node:fs';
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

for (const { entry, outfile, minify, define, external } of JSON.parse(readFileSync(0, 'utf8'))) {
  const isScript = !entry.endsWith('.css');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify,
    target,
    define,
    external,
    format: isScript ? 'esm' : undefined,
    plugins: isScript ? [cssAsText(minify)] : [],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

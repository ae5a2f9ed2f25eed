// Builds the rivals as they would be shipped: one minified script and one style sheet each, named by their hash and compressed beforehand, and a
// page that asks for the first part of the list before any script runs.
import { transformAsync } from '@babel/core';
import solid from 'babel-preset-solid';
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { brotliCompressSync, constants } from 'node:zlib';
import { documents } from './documents.mjs';
import { body } from './rivals/static/page.mjs';

const here = path => new URL(path, import.meta.url).pathname;

/** What the plain element shows until its list is there; it can be in the page, as ours is. */
const SHELL =
  '<div class="order-documents"><header class="header"><h1 class="heading">Documents</h1></header>' +
  `<div class="shell" role="status"><p class="visually-hidden">Loading documents…</p>${'<span class="skeleton"></span>'.repeat(5)}</div></div>`;

/** The rivals with a script; `page` is what their page's `main` holds before it runs. */
export const RIVALS = {
  element: { title: 'plain custom element', entry: 'main.js', page: `<document-list class="host">${SHELL}</document-list>` },
  lit: { title: 'Lit', entry: 'main.js', page: '<document-list class="host"></document-list>', policies: 'lit-html' },
  preact: { title: 'Preact', entry: 'main.jsx', jsx: 'preact' },
  solid: { title: 'Solid', entry: 'main.jsx', policies: 'default' },
  react: { title: 'React', entry: 'main.jsx', jsx: 'react' },
  'react-virtual': { title: 'React, virtualised', entry: 'main.jsx', jsx: 'react', css: 'virtual.css' },
};

/** Solid's own compiler. */
const solidCompiler = {
  name: 'solid',
  setup(bundler) {
    bundler.onLoad({ filter: /rivals\/solid\/.*\.jsx$/ }, async ({ path }) => {
      const { code } = await transformAsync(await readFile(path, 'utf8'), { filename: path, presets: [solid], configFile: false });
      return { contents: code, loader: 'js' };
    });
  },
};

/** In pages without a shadow root the host is an element like others. */
const hostAsClass = {
  name: 'host',
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const styles = await readFile(path, 'utf8');
      return { contents: styles.replaceAll(':host([hidden])', '.host[hidden]').replaceAll(':host', '.host'), loader: 'css' };
    });
  },
};

/** A file as a server holds it: as it is and compressed with brotli as strongly as it goes. */
export function asset(type, contents, cache = 'public, max-age=31536000, immutable') {
  const plain = Buffer.from(contents);
  const compressed = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { type, plain, brotli: compressed, cache, etag: `"${hash(plain)}"` };
}

const hash = contents => createHash('sha256').update(contents).digest('hex').slice(0, 16);

async function bundle(entry, options) {
  const result = await build({
    entryPoints: [here(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'chrome120',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    conditions: ['production', 'browser'],
    logLevel: 'error',
    ...options,
  });
  return result.outputFiles[0].contents;
}

const page = (main, order, style, script) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Documents</title>
<link rel="icon" href="data:,">
${script ? `${hint(order)}\n` : ''}<link rel="stylesheet" href="${style}">
${script ? `<script type="module" src="${script}"></script>\n` : ''}</head>
<body><main>${main}</main></body>
</html>
`;

/** The hint by which a page that knows its order lets the browser ask for the list's first part at once. */
export const hint = order => `<link rel="preload" href="/api/v1/files?orderId=${order}&amp;limit=100&amp;offset=0" as="fetch" crossorigin>`;

/** All rivals: name → `{ title, policies, files, page(order) }`, the files by path. */
export async function buildRivals() {
  const sheets = {};
  for (const name of ['common.css', 'virtual.css']) {
    const contents = await bundle(`rivals/common/${name}`, { plugins: [hostAsClass], format: undefined, external: ['node:*'] });
    sheets[name] = { path: `/assets/style-${hash(contents)}.css`, file: asset('text/css', contents) };
  }
  const rivals = {};
  for (const [name, rival] of Object.entries(RIVALS)) {
    const jsx = rival.jsx ? { jsx: 'automatic', jsxImportSource: rival.jsx } : { plugins: [solidCompiler] };
    const contents = await bundle(`rivals/${name}/${rival.entry}`, jsx);
    const [script, sheet] = [`/assets/${name}-${hash(contents)}.js`, sheets[rival.css ?? 'common.css']];
    rivals[name] = {
      ...rival,
      files: { [script]: asset('text/javascript', contents), [sheet.path]: sheet.file },
      page: order => page(rival.page ?? '', order, sheet.path, script),
    };
  }
  const sheet = sheets['common.css'];
  rivals.static = {
    title: 'static page',
    files: { [sheet.path]: sheet.file },
    // The proxy names its style sheet in the head of its answer, too.
    headers: { link: `<${sheet.path}>; rel=preload; as=style` },
    page: order => page(body(documents(order)), order, sheet.path),
  };
  return rivals;
}

// The server behind every page that is measured: each rival has an origin of its own on loopback, all of them the same API, and files lie on one
// more origin, the storage's. It also plays the FlexPortal and the identity provider behind our proxy. Started by run.mjs; it prints one line of
// JSON when it is ready, and ends when its input does.
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { asset, buildRivals, hint } from './build.mjs';
import { countOf, pageOf, upstreamPageOf } from './documents.mjs';
import { pdf, png } from './files.mjs';

/** How long signing and the storage take to answer, in milliseconds: round trips that a preview has to wait for. */
const HOLD_MILLIS = 60;
/** As strongly as answers are compressed that are made when they are asked for. */
const JSON_QUALITY = 5;

const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', wasm: 'application/wasm', css: 'text/css', json: 'application/json' };
const compress = promisify(brotliCompress);
const hold = () => new Promise(resolve => setTimeout(resolve, HOLD_MILLIS));
const dist = new URL('../dist/', import.meta.url);

/** The built component, with the hint that a page which knows its order gives. */
function component() {
  const index = readFileSync(new URL('index.html', dist), 'utf8');
  // All of them before anybody waits: compressing takes longer than the first visit.
  const names = readdirSync(new URL('assets/', dist)).filter(name => !/\.(br|gz)$/.test(name));
  const files = Object.fromEntries(names.map(name => [`/assets/${name}`, asset(TYPES[name.split('.').pop()], readFileSync(new URL(`assets/${name}`, dist)))]));
  return {
    title: 'order-documents',
    files,
    page: order => index.replace('</title>', `</title>\n  ${hint(order)}`),
  };
}

let storage;

const policy = policies =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' ${storage}; img-src 'self' blob: data: ${storage}; ` +
  `media-src 'self' blob: ${storage}; frame-src 'self' blob: ${storage}; font-src 'self'; base-uri 'none'; form-action 'self'; ` +
  `frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types ${policies ?? "'none'"}`;

function send(request, response, { type, plain, brotli, cache, etag }, headers = {}) {
  const wantsBrotli = brotli && /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
  const shared = { 'cache-control': cache, vary: 'accept-encoding', 'x-content-type-options': 'nosniff', ...(etag && { etag }), ...headers };
  if (etag && request.headers['if-none-match'] === etag) {
    response.writeHead(304, shared).end();
    return;
  }
  const bytes = wantsBrotli ? brotli : plain;
  const encoding = wantsBrotli ? { 'content-encoding': 'br' } : {};
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, ...encoding, ...shared }).end(bytes);
}

const fail = (response, status) => response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"code":"BENCH"}}');

const lists = new Map();

/** A page of a list as bytes, made and compressed once. */
async function list(order, limit, offset) {
  const key = `${order} ${limit} ${offset}`;
  if (!lists.has(key)) {
    const plain = Buffer.from(JSON.stringify(pageOf(order, limit, offset)));
    const brotli = await compress(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: JSON_QUALITY } });
    lists.set(key, { type: 'application/json', plain, brotli, cache: 'no-store' });
  }
  return lists.get(key);
}

const whole = (text, absent, most) => Math.min(Number.parseInt(text ?? '', 10) || absent, most);

async function readJson(request) {
  let text = '';
  for await (const part of request) text += part;
  return JSON.parse(text);
}

async function signed(fileId) {
  await hold();
  return { success: true, url: `${storage}/${fileId}?signature=x`, filename: fileId, contentType: '', expiresAt: Date.now() + 300_000 };
}

/** The API as our proxy has it. */
async function api(request, response, url) {
  if (url.pathname === '/api/v1/files') {
    const { searchParams } = url;
    send(request, response, await list(searchParams.get('orderId'), whole(searchParams.get('limit'), 50, 100), whole(searchParams.get('offset'), 0, 1e6)));
  } else if (url.pathname === '/api/v1/files/url' && request.method === 'POST') {
    const { fileId } = await readJson(request);
    send(request, response, { type: 'application/json', plain: Buffer.from(JSON.stringify(await signed(fileId))), cache: 'no-store' });
  } else fail(response, 404);
}

/** One rival's origin. */
function site(rival) {
  const pages = new Map();
  const csp = { 'content-security-policy': policy(rival.policies) };
  return async (request, response, url) => {
    if (url.pathname.startsWith('/api/')) return api(request, response, url);
    const order = /^\/orders\/(\w+)$/.exec(url.pathname)?.[1];
    if (order && countOf(order)) {
      if (!pages.has(order)) pages.set(order, asset(TYPES.html, rival.page(order), 'no-cache'));
      return send(request, response, pages.get(order), { ...csp, ...rival.headers });
    }
    const file = rival.files[url.pathname];
    return file ? send(request, response, file, csp) : fail(response, 404);
  };
}

/** The storage: a PDF or a picture, whatever is asked for, with CORS for the pages. */
const FILES = { pdf: { type: 'application/pdf', plain: pdf() }, png: { type: 'image/png', plain: png() } };
async function store(request, response, url) {
  await hold();
  const record = pageOf('ord_100', 100, 0).files.find(({ fileId }) => url.pathname === `/${fileId}`);
  const file = FILES[record?.filename.split('.').pop()];
  const cors = { 'access-control-allow-origin': '*', 'timing-allow-origin': '*' };
  return file ? send(request, response, { ...file, cache: 'no-store' }, cors) : fail(response, 404);
}

/** FlexPortal and the identity provider, as our proxy meets them. */
async function upstream(request, response, url) {
  const json = value => send(request, response, { type: 'application/json', plain: Buffer.from(JSON.stringify(value)), cache: 'no-store' });
  const { pathname, searchParams } = url;
  if (pathname === '/jwks') json({ keys: [jwk] });
  else if (pathname === '/v1/files') json(upstreamPageOf(searchParams.get('orderId'), whole(searchParams.get('limit'), 50, 100), whole(searchParams.get('offset'), 0, 1e6)));
  else if (pathname === '/v1/files/url') json(await signed((await readJson(request)).fileId));
  else fail(response, 404);
}

const keys = generateKeyPairSync('ed25519');
const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'EdDSA', use: 'sig' };

/** A session of the customer whose orders these are. */
function token(orders) {
  const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'https://idp.example', aud: 'order-documents', sub: 'cust_bench', orders, iat: now, exp: now + 86_400 };
  const text = `${part({ alg: 'EdDSA', kid: 'bench', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), keys.privateKey).toString('base64url')}`;
}

/** Listens on a free port of loopback; the origin. */
async function listen(handle) {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    handle(request, response, new URL(request.url, 'http://bench')).catch(error => {
      console.error(`bench server: ${request.url}: ${error.stack}`);
      if (!response.headersSent) fail(response, 500);
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

storage = await listen(store);
const rivals = { ours: component(), ...(await buildRivals()) };
const origins = {};
for (const [name, rival] of Object.entries(rivals)) origins[name] = { title: rival.title, origin: await listen(site(rival)) };
const ready = { origins, storage, upstream: await listen(upstream), token: token(['ord_100']), holdMillis: HOLD_MILLIS };

// Long lists are made and compressed before anybody waits for them.
for (const order of process.argv.slice(2)) for (let offset = 0; offset <= countOf(order); offset += 100) await list(order, 100, offset);

console.log(JSON.stringify(ready));
process.stdin.resume().on('end', () => process.exit());

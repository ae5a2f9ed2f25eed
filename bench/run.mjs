// `cargo xtask bench element` calls it: starts the servers, measures everybody in shuffled rounds, prints the table, and writes it where it is told.
//
//   node run.mjs --proxy PROGRAM --revision TEXT [--runs N] [--only SCENARIO] [--quick] [--output FILE] [--raw FILE]
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Browser } from './browser.mjs';
import { ORDERS, SCENARIOS } from './measure.mjs';
import { report } from './report.mjs';

const { values: options } = parseArgs({
  options: {
    proxy: { type: 'string' },
    revision: { type: 'string', default: 'unknown' },
    runs: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    output: { type: 'string' },
    raw: { type: 'string' },
  },
});
const runs = Number(options.runs ?? (options.quick ? 3 : 7));
if (!(runs >= 1)) throw new Error(`--runs ${options.runs} is no number of runs`);
if (options.only && !SCENARIOS[options.only]) throw new Error(`--only ${options.only} is none of ${Object.keys(SCENARIOS).join(', ')}`);
const scenarios = Object.entries(SCENARIOS).filter(([name]) => !options.only || name === options.only);

/** Ends a child however this program ends. */
function owned(child) {
  process.on('exit', () => child.kill());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
  return child;
}

/** The line of JSON that a server prints when it is ready. */
async function ready(child, name) {
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('{')) return JSON.parse(line);
  throw new Error(`${name} ended before it was ready`);
}

async function startServer() {
  const child = owned(spawn(process.execPath, [new URL('server.mjs', import.meta.url).pathname, ...Object.values(ORDERS)], { stdio: ['pipe', 'pipe', 'inherit'] }));
  return ready(child, 'the server');
}

async function startProxy({ upstream, storage }) {
  const environment = {
    PATH: process.env.PATH,
    FLEXPORTAL_URL: upstream,
    FLEXPORTAL_API_KEY: 'fp_bench',
    FLEXPORTAL_TENANT_ID: 'tenant_bench',
    PROXY_ASSETS: new URL('../dist', import.meta.url).pathname,
    PROXY_LISTEN: '127.0.0.1:0',
    PROXY_ADMIN_LISTEN: '127.0.0.1:0',
    PROXY_STORAGE_ORIGINS: storage,
    PROXY_REQUESTS_PER_MINUTE: '6000',
    PROXY_LOG_LEVEL: 'warn',
    SESSION_JWKS_URL: `${upstream}/jwks`,
    SESSION_ISSUER: 'https://idp.example',
    SESSION_AUDIENCE: 'order-documents',
    SESSION_COOKIE: COOKIE,
  };
  const child = owned(spawn(options.proxy, [], { stdio: ['ignore', 'pipe', 'inherit'], env: environment }));
  return (await ready(child, 'the proxy')).proxy;
}

const COOKIE = 'portal_session';

function shuffled(list) {
  const rest = [...list];
  for (let last = rest.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [rest[last], rest[other]] = [rest[other], rest[last]];
  }
  return rest;
}

/**
 * Puts this session's programs before others', where the system groups them by session and permits it: whatever else runs on the machine is in the
 * figures otherwise.
 */
function goFirst() {
  const file = '/proc/self/autogroup';
  try {
    const before = readFileSync(file, 'utf8').trim().split(' ').pop();
    writeFileSync(file, '-15');
    process.on('exit', () => writeFileSync(file, before));
  } catch {
    // Elsewhere everything is as important as everything else.
  }
}

/** Every rival of a scenario, so many times, in rounds. */
async function measure(bench, name, { run, rivals, quick, share = 1 }) {
  const results = {};
  const rounds = Math.ceil(runs * share);
  for (let round = 1; round <= rounds; round += 1) {
    for (const rival of shuffled(options.quick && quick ? quick : rivals)) {
      process.stderr.write(`\r\u001b[K${name}, round ${round} of ${rounds}: ${rival}`);
      bench.loads.push(loadavg()[0]);
      try {
        (results[rival] ??= []).push(await run(bench, rival));
      } catch (error) {
        // One page that fails leaves the others their figures; it is said below them.
        bench.failures.push(`${name}, ${rival}, round ${round}: ${error.message.split('\n')[0]}`);
      }
    }
  }
  return results;
}

const begun = Date.now();
goFirst();
const server = await startServer();
const browser = await Browser.start();
const bench = { ...server, browser, cookie: COOKIE, loads: [], failures: [] };
if (options.proxy) bench.proxy = await startProxy(server);
const results = {};
try {
  for (const [name, scenario] of scenarios) {
    if (name === 'page' && !bench.proxy) continue;
    results[name] = await measure(bench, name, scenario);
  }
} finally {
  process.stderr.write('\r\u001b[K');
  await browser.close();
}
const facts = { ...options, runs, browser: browser.version, loads: bench.loads, failures: bench.failures, minutes: (Date.now() - begun) / 60_000, server };
if (options.raw) writeFileSync(options.raw, JSON.stringify({ facts, results }, null, 1));
const text = report(facts, results);
console.log(text);
if (options.output && !options.only && !options.quick) writeFileSync(options.output, text);
for (const failure of bench.failures) console.error(`bench: failed: ${failure}`);
process.exit(bench.failures.length ? 1 : 0);

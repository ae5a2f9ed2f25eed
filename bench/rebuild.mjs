// How long a developer waits: from saving a view to the page of `trunk serve` that has the change, reloaded by itself.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A view, and a place in it that the page shows whatever the list's state is. */
const VIEW = new URL('../src/view/mod.rs', import.meta.url);
const PLACE = 'Theme::Auto => "order-documents"';
const ROOT = new URL('..', import.meta.url).pathname;
/** Nothing is compiled yet perhaps: cargo's debug build of everything for WebAssembly. */
const FIRST_BUILD_MILLIS = 900_000;
const LIMIT_MILLIS = 60_000;
const POLL_MILLIS = 20;

/** `trunk serve` with a directory of its own, ended with this program. */
export class Trunk {
  static async start() {
    const port = await free();
    const words = ['serve', '--port', `${port}`, '--dist', 'target/bench-rebuild', '--ignore', 'target'];
    const environment = { ...process.env };
    // A profile that is asked for by the environment would be built instead of the developer's.
    for (const name of Object.keys(environment)) if (name.startsWith('TRUNK_')) delete environment[name];
    const child = spawn('trunk', words, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'], env: environment });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', text => (said = (said + text).slice(-4000)));
    process.on('exit', () => child.kill());
    const trunk = new Trunk();
    trunk.address = `http://127.0.0.1:${port}/orders/ord_rebuild`;
    const ended = new Promise((_, reject) => {
      child.on('error', error => reject(new Error(`trunk could not be started: ${error.message}`)));
      child.on('exit', () => reject(new Error(`trunk serve has ended:\n${said}`)));
    });
    ended.catch(() => {});
    await Promise.race([ended, until(FIRST_BUILD_MILLIS, () => fetch(trunk.address).then(({ ok }) => ok, () => false))]);
    return trunk;
  }

  #original = readFileSync(VIEW, 'utf8');
  #change = 0;

  /** Milliseconds from the saving of a change to the page that shows it. */
  async changed(page) {
    if (this.#original.split(PLACE).length !== 2) throw new Error(`${PLACE} does not stand once in ${VIEW.pathname}`);
    const name = `rebuilt-${(this.#change += 1)}`;
    const restore = () => writeFileSync(VIEW, this.#original);
    process.once('exit', restore);
    const begun = performance.now();
    writeFileSync(VIEW, this.#original.replace(PLACE, PLACE.replace(/"$/, ` ${name}"`)));
    try {
      await shows(page, `.order-documents.${name}`);
      return performance.now() - begun;
    } finally {
      restore();
      process.off('exit', restore);
      // The next change begins at a page that stands still again.
      await shows(page, `.order-documents:not(.${name})[class]`);
    }
  }
}

/** Waits for an element of the component; while the page is being reloaded there is none to ask. */
const shows = (page, selector) => {
  const look = `Boolean(document.querySelector('order-documents')?.shadowRoot?.querySelector(${JSON.stringify(selector)}))`;
  return until(LIMIT_MILLIS, () => page.evaluate(look).catch(() => false));
};

async function until(limit, isTrue) {
  for (const end = performance.now() + limit; performance.now() < end; await sleep(POLL_MILLIS)) if (await isTrue()) return;
  throw new Error(`not within ${limit / 1000} s`);
}

/** A port that nobody listens on. */
function free() {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// Chromium without a window, driven by the DevTools protocol over a pipe. It is small enough to be ours: puppeteer-core wants Node 22 and brings a
// second protocol with it, and what is used here are a dozen commands.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nothing but the page may use the network, and nothing asks the reader anything. */
const ARGUMENTS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--force-device-scale-factor=1',
  '--hide-scrollbars',
  '--lang=en-US',
  '--no-first-run',
  '--no-proxy-server',
];
/** The longest that anything may take; what takes longer has failed. */
const LIMIT_MILLIS = 120_000;

/** Profiles that are in use; none stays behind, however this program ends. */
const profiles = new Set();
process.on('exit', () => profiles.forEach(remove));
const remove = profile => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });

export class Browser {
  #process;
  #directory = mkdtempSync(join(tmpdir(), 'bench-profile-'));
  #pending = new Map();
  #listeners = new Map();
  #last = 0;
  #rest = '';

  /** Starts Chromium with a new, empty profile. */
  static async start() {
    const browser = new Browser();
    profiles.add(browser.#directory);
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const program = process.env.CHROMIUM ?? 'chromium';
    const words = [...ARGUMENTS, ...root, `--user-data-dir=${browser.#directory}`, 'about:blank'];
    const environment = { ...process.env, TZ: 'UTC', LANGUAGE: 'en_US' };
    browser.#process = spawn(program, words, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: environment });
    browser.#process.on('error', error => browser.#end(new Error(`${program} could not be started: ${error.message}`)));
    browser.#process.on('exit', code => browser.#end(new Error(`${program} has ended (${code})`)));
    browser.#process.stdio[4].setEncoding('utf8').on('data', text => browser.#receive(text));
    browser.version = (await browser.send('Browser.getVersion')).product;
    return browser;
  }

  /** Sends a command and waits for its answer. */
  send(method, params = {}, sessionId = undefined) {
    const id = (this.#last += 1);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} was not answered within ${LIMIT_MILLIS / 1000} s`)), LIMIT_MILLIS);
      const settle = act => value => (clearTimeout(timer), act(value));
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject), method });
      this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** Opens a page: fresh, with cookies and caches of its own, or with the profile's. */
  async page({ fresh = true } = {}) {
    const { browserContextId } = fresh ? await this.send('Target.createBrowserContext') : {};
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    return new Page(this, targetId, sessionId, browserContextId);
  }

  /** Calls `listener` with the parameters of each such event of the session. */
  listen(sessionId, method, listener) {
    this.#listeners.set(`${sessionId} ${method}`, listener);
  }

  forget(sessionId) {
    for (const key of this.#listeners.keys()) if (key.startsWith(`${sessionId} `)) this.#listeners.delete(key);
  }

  /** Ends Chromium and removes its profile. */
  async close() {
    const ended = new Promise(resolve => this.#process.once('exit', resolve));
    this.send('Browser.close').catch(() => {});
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    remove(this.#directory);
    profiles.delete(this.#directory);
  }

  #receive(text) {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop();
    for (const message of messages) {
      const { id, result, error, method, params, sessionId } = JSON.parse(message);
      if (!id) {
        this.#listeners.get(`${sessionId} ${method}`)?.(params);
        continue;
      }
      const asked = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) asked?.reject(new Error(`${asked.method}: ${error.message}`));
      else asked?.resolve(result);
    }
  }

  #end(error) {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

export class Page {
  constructor(browser, targetId, sessionId, contextId) {
    Object.assign(this, { browser, targetId, sessionId, contextId });
  }

  send(method, params) {
    return this.browser.send(method, params, this.sessionId);
  }

  on(method, listener) {
    this.browser.listen(this.sessionId, method, listener);
  }

  /** The value of an expression in the page; a promise is waited for. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`in the page: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  async close() {
    this.browser.forget(this.sessionId);
    await this.browser.send('Target.closeTarget', { targetId: this.targetId });
    if (this.contextId) await this.browser.send('Target.disposeBrowserContext', { browserContextId: this.contextId });
  }
}

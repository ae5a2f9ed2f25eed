// The page around the element: what a test needs of it that is easier said in JavaScript.

/** What has taken something's place in the page and gives it back. A test that fails gives nothing back by itself. */
const installed = new Set();

/** The page as it was before the last test. */
export function cleanUp() {
  document.querySelectorAll('[data-fixture]').forEach(node => node.remove());
  installed.forEach(helper => helper.restore());
  installed.clear();
  if (!navigator.onLine) setOnline(true);
  if (document.documentElement.lang !== 'en') document.documentElement.lang = 'en';
}

/** Stands in the place of `fetch` and answers by a script. What the script does not know is answered 599. */
export class Network {
  #real = globalThis.fetch;
  #script = [];
  #calls = [];
  #gates = new Map();

  constructor() {
    installed.add(this);
    globalThis.fetch = (input, init) => this.#fetch(new Request(input, init));
  }

  restore() {
    globalThis.fetch = this.#real;
  }

  /** Adds an answer: to requests whose method and address hold `part`, as many `times` as it says. The first that fits is given. */
  answer(part, times, kind, status, headers, body) {
    this.#script.push({ part, times, kind, status, headers: JSON.parse(headers), body });
  }

  /** Lets all the answers go that were held so far and that `part` fits. */
  release(part) {
    for (const [gate, request] of this.#gates) {
      if (request.includes(part)) {
        this.#gates.delete(gate);
        gate();
      }
    }
  }

  /** Every request so far, as JSON. */
  calls() {
    return JSON.stringify(this.#calls);
  }

  async #fetch(request) {
    const { method, url, credentials, referrerPolicy, redirect, cache, signal } = request;
    const own = url.startsWith(location.origin);
    const call = { method, url: own ? url.slice(location.origin.length) : url, credentials, referrerPolicy, redirect, cache };
    Object.assign(call, { headers: Object.fromEntries(request.headers), body: '', aborted: signal.aborted });
    this.#calls.push(call);
    const line = `${call.method} ${call.url}`;
    const rule = this.#script.find(({ part, times }) => times > 0 && line.includes(part));
    if (rule) rule.times -= 1;
    const aborted = new Promise((_, reject) => {
      const abort = () => reject(((call.aborted = true), signal.reason));
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort);
    });
    return Promise.race([aborted, this.#answer(request, call, line, rule)]);
  }

  async #answer(request, call, line, rule) {
    call.body = await request.text();
    if (!rule) return new Response(`no answer to ${line}`, { status: 599 });
    if (rule.kind === 'held') await new Promise(gate => this.#gates.set(gate, line));
    if (rule.kind === 'unreachable') throw new TypeError('Failed to fetch');
    return new Response(rule.kind === 'cut' ? cut(rule.body) : rule.body, { status: rule.status, headers: rule.headers });
  }
}

/** A body whose connection breaks off in its midst. */
function cut(body) {
  let chunk = new TextEncoder().encode(body.slice(0, body.length / 2));
  return new ReadableStream({
    pull(controller) {
      if (chunk) controller.enqueue(chunk);
      else controller.error(new TypeError('network error'));
      chunk = undefined;
    },
  });
}

/** Hears the element's events where they arrive at last, at the document. */
export class Events {
  static NAMES = ['load', 'preview', 'download', 'error', 'session-expired'].map(name => `order-documents-${name}`);
  #heard = [];
  #prevented = new Set();
  #hear = event => {
    const { type, detail, bubbles, composed, cancelable } = event;
    const isElement = event.target.matches?.('[data-fixture] *') ?? false;
    this.#heard.push({ type, detail, bubbles, composed, cancelable, isElement });
    if (this.#prevented.has(type)) event.preventDefault();
  };

  constructor() {
    installed.add(this);
    for (const name of Events.NAMES) document.addEventListener(name, this.#hear);
  }

  restore() {
    for (const name of Events.NAMES) document.removeEventListener(name, this.#hear);
  }

  prevent(type) {
    this.#prevented.add(type);
  }

  heard() {
    return JSON.stringify(this.#heard);
  }
}

/** Whatever went wrong without anybody having caught it, such as a panic in an effect. */
export class Errors {
  #uncaught = [];
  #hear = event => this.#uncaught.push(String(event.error ?? event.reason ?? event.message));

  constructor() {
    installed.add(this);
    for (const type of ['error', 'unhandledrejection']) addEventListener(type, this.#hear);
  }

  restore() {
    for (const type of ['error', 'unhandledrejection']) removeEventListener(type, this.#hear);
  }

  uncaught() {
    return this.#uncaught.join('\n');
  }
}

/** Links that are followed: none is, lest the page with the tests go away. */
export class Links {
  #followed = [];
  #click = HTMLAnchorElement.prototype.click;
  #hear = event => {
    const link = event.composedPath().find(node => node instanceof HTMLAnchorElement);
    if (!link) return;
    this.#followed.push({ href: link.href, prevented: event.defaultPrevented, connected: true });
    event.preventDefault();
  };

  constructor() {
    installed.add(this);
    const followed = this.#followed;
    const click = this.#click;
    HTMLAnchorElement.prototype.click = function () {
      if (this.isConnected) return click.call(this);
      followed.push({ href: this.href, download: this.download, referrerPolicy: this.referrerPolicy, connected: false });
    };
    document.addEventListener('click', this.#hear);
  }

  restore() {
    HTMLAnchorElement.prototype.click = this.#click;
    document.removeEventListener('click', this.#hear);
  }

  followed() {
    return JSON.stringify(this.#followed);
  }
}

/** Remembers everything that was ever in the document or in a shadow root, even for a moment. */
export class Witness {
  #seen = [];
  #observer = new MutationObserver(records => records.forEach(record => this.#note(record)));

  watch(root) {
    installed.add(this);
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    this.#observer.observe(root, { ...all, attributeOldValue: true, characterDataOldValue: true });
  }

  #note({ target, addedNodes, oldValue }) {
    this.#seen.push(oldValue ?? '', target.outerHTML ?? target.data ?? '');
    for (const node of addedNodes) this.#seen.push(node.outerHTML ?? node.data ?? '');
  }

  restore() {
    this.#observer.disconnect();
  }

  hasSeen(text) {
    this.#observer.takeRecords().forEach(record => this.#note(record));
    return this.#seen.some(seen => seen.includes(text));
  }
}

/** Counts what listens at the window and the document. */
export class Listeners {
  #names = ['addEventListener', 'removeEventListener'];
  #real = this.#names.map(name => EventTarget.prototype[name]);
  #open = new Map();

  constructor() {
    installed.add(this);
    this.#names.forEach((name, at) => {
      const [open, real, by] = [this.#open, this.#real[at], at === 0 ? 1 : -1];
      EventTarget.prototype[name] = function (type, ...rest) {
        if (!this || this === window || this === document) open.set(type, (open.get(type) ?? 0) + by);
        return real.call(this ?? window, type, ...rest);
      };
    });
  }

  restore() {
    this.#names.forEach((name, at) => (EventTarget.prototype[name] = this.#real[at]));
  }

  /** How many more there are than when counting began, by type, as JSON. */
  open() {
    return JSON.stringify(Object.fromEntries([...this.#open].filter(([, count]) => count)));
  }
}

/** Runs `define` so that it defines another element than `order-documents`: a definition is for the page's whole life. */
export function underAnotherName(name, define) {
  const { customElements } = globalThis;
  const real = customElements.define.bind(customElements);
  customElements.get = () => undefined;
  customElements.define = (_, constructor) => real(name, constructor);
  try {
    define();
  } finally {
    delete customElements.get;
    delete customElements.define;
  }
}

/** Says whether the browser has a network, as the browser would. */
export function setOnline(online) {
  if (online) delete navigator.onLine;
  else Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false });
  dispatchEvent(new Event(online ? 'online' : 'offline'));
}

/** Settles in the next frame, when everything that was to be painted with it has been done. */
export function nextFrame() {
  return new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
}

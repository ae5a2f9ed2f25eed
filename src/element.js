// The custom element: attributes and properties in, events and states out, and the life of the component inside.
// WebAssembly cannot extend HTMLElement; everything else is in Rust (src/element.rs).
import { first } from './markup/list.js';

const TAG = 'order-documents';

/** The attributes that the component reads, each with the value that its property has when it is absent. */
const ATTRIBUTES = {
  'order-id': '',
  scope: 'order',
  endpoint: '/api/v1',
  type: '',
  'group-by': 'type',
  sort: '-created',
  theme: 'auto',
  'link-minutes': '5',
  heading: '',
  'heading-level': '2',
};

const property = attribute => attribute.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

/** What the shell says before a catalogue is there; in other languages it is English for that moment. */
const SHELL = {
  de: ['Dokumente werden geladen …', 'Die Dokumente können gerade nicht geladen werden.', 'Erneut versuchen', 'Dokumente'],
  en: ['Loading documents…', 'The documents cannot be loaded right now.', 'Try again', 'Documents'],
};

/** How long the component waits for the list, in milliseconds: on a slow network it would take the list's bandwidth. */
const LIST_FIRST = 1000;

/** The controls of a row, by their part: what each is for is the name of the element's method. */
const CONTROLS = { 'preview-button': 'preview', 'download-button': 'download' };

/** The language of the nearest ancestor that has one, through shadow roots too; empty where none has. */
function languageOf(element) {
  for (let node = element; node; node = node.getRootNode().host) {
    const found = node.closest('[lang]');
    if (found) return found.lang;
  }
  return '';
}

/** `de` of `de-AT`; the browser's own where the page names none. */
const primary = tag => (tag || navigator.language).split('-')[0].toLowerCase();

function make(name, part, ...children) {
  const node = document.createElement(name);
  node.setAttribute('part', part);
  node.className = part;
  node.append(...children);
  return node;
}

/**
 * Defines `<order-documents>`, unless the page has it already: two copies of the script may meet.
 *
 * @param {string} styles the element's style sheet
 * @param {() => Promise<{Handle: Function}>} connect loads and starts the component
 * @param {(language: string) => Promise<object>} texts loads a language's catalogue, English where there is none
 */
export function define({ styles, connect, texts }) {
  if (customElements.get(TAG)) return;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);

  // Each language's catalogue is asked for once.
  const catalogues = new Map();
  const words = language => {
    const known = catalogues.get(language) ?? texts(language).catch(() => (catalogues.delete(language), texts('en')));
    catalogues.set(language, known);
    return known;
  };

  let component;
  // A failed start is forgotten, so that a retry is a new one.
  const connected = () => (component ??= connect().catch(error => Promise.reject(((component = undefined), error))));

  class OrderDocumentsElement extends HTMLElement {
    static observedAttributes = [...Object.keys(ATTRIBUTES), 'lang'];

    #internals = this.attachInternals();
    /** The page may have come with it: the proxy renders the list into a declarative shadow root. */
    #root = this.#internals.shadowRoot ?? this.attachShadow({ mode: 'open' });
    /** The component's handle while it is mounted. */
    #handle;
    /** Settles with the handle; replaced at each start. */
    #mounted;
    /** The list's first page while it is shown without the component: its address, its text, and what it still lacks, for the component and without. */
    #painted;
    /** Ends with the stay in the page that it began with. */
    #stay;
    /** The first page's address at the start. */
    #asked;
    #languages = new MutationObserver(() => this.#handle?.set('lang', languageOf(this)));

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [sheet];
      this.#root.addEventListener('click', event => this.#clicked(event));
    }

    connectedCallback() {
      for (const name of Object.keys(ATTRIBUTES).map(property)) this.#replay(name);
      if (!this.#mounted) this.#start();
    }

    /** Moved by `moveBefore()`: everything stays as it is. */
    connectedMoveCallback() {
      this.#handle?.set('lang', languageOf(this));
    }

    disconnectedCallback() {
      // A node that is moved leaves and comes back in one go; only one that stays away is torn down.
      queueMicrotask(() => {
        if (!this.isConnected) this.#stop();
      });
    }

    attributeChangedCallback(name, before, now) {
      if (before === now) return;
      this.#handle?.set(name, name === 'lang' ? languageOf(this) : (now ?? undefined));
      // Frameworks may name the order only when the element is in the page.
      queueMicrotask(() => {
        if (this.#stay && !this.#handle && this.#asked !== this.#firstUrl()) this.#restart();
      });
    }

    /** What has been loaded so far: `[{fileId, filename, type, category, contentType, fileSize, createdAt, orderId}]`. */
    get documents() {
      return this.#handle?.documents() ?? [];
    }

    /** Frameworks assign to every property they are given; this one is only to be read. */
    set documents(_) {}

    /** Loads the list anew; settles when it is there or has failed. */
    async refresh() {
      await this.#started();
      await this.#handle?.run('refresh', '');
    }

    /** Opens a document's preview, whether or not the list has it on screen. Rejects where the list does not have it. */
    async preview(fileId) {
      await this.#started();
      await this.#handle?.run('preview', String(fileId));
    }

    /** Downloads a document. Rejects where the list does not have it. */
    async download(fileId) {
      await this.#started();
      await this.#handle?.run('download', String(fileId));
    }

    /** A property that was set before the element was defined hides the accessor: it is taken off and set again. */
    #replay(name) {
      if (!Object.hasOwn(this, name)) return;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }

    /** Settles when the component is there, or cannot be. */
    async #started() {
      let mounted;
      do await (mounted = this.#mounted);
      while (mounted !== this.#mounted);
    }

    #restart() {
      this.#stay.abort();
      this.#start();
    }

    #start() {
      const isFirst = !this.#stay;
      this.#languages.observe(document, { attributes: true, attributeFilter: ['lang'], subtree: true });
      this.#state('loading');
      const stay = (this.#stay = new AbortController());
      const language = primary(languageOf(this));
      const catalogue = words(language);
      this.#asked = this.#firstUrl();
      this.#painted = this.#rendered();
      // The proxy may have rendered why there is no list: that is more than a shell says.
      const isSaid = isFirst && this.#root.querySelector('.order-documents .state');
      if (!this.#painted && !isSaid) this.#show(this.#shell());
      const page = this.#asked && !this.#painted ? this.#firstPage(this.#asked, stay.signal) : undefined;
      const shown = this.#paint(page, catalogue, stay.signal);
      const listFirst = page && Promise.race([shown, new Promise(resolve => setTimeout(resolve, LIST_FIRST))]);
      // The words are long there when the component is, so that nothing is first seen in another language.
      this.#mounted = Promise.all([Promise.resolve(listFirst).then(connected), catalogue]).then(
        ([{ Handle }, catalogue]) => (stay.signal.aborted ? undefined : this.#mount(Handle, page, catalogue)),
        error => {
          console.error('order-documents could not start', error);
          if (!stay.signal.aborted) this.#failed();
        },
      );
    }

    /** Puts the component in the place of the shell, or lets it take over the list that is shown. */
    #mount(Handle, page, catalogue) {
      const handle = new Handle({
        emit: (name, detail, cancelable) => this.#emit(name, detail, cancelable),
        state: name => this.#state(name),
        texts: words,
      });
      for (const name of Object.keys(ATTRIBUTES)) handle.set(name, this.getAttribute(name) ?? undefined);
      handle.set('lang', languageOf(this));
      // What is shown may be of another order by now.
      const painted = this.#painted?.url === this.#firstUrl() ? this.#painted : undefined;
      if (painted) painted.rest?.();
      else this.#root.replaceChildren();
      handle.mount(this.#root, (painted ?? page)?.url, page?.response, painted?.text, catalogue);
      this.#handle = handle;
      this.#painted = undefined;
      return handle;
    }

    /** Takes what the proxy rendered: the list is shown already, and its data is in the page. */
    #rendered() {
      const data = this.#root.querySelector('script[data-url]');
      const rendered = data && { url: data.dataset.url, text: data.text };
      // Styles and data were for as long as there was no script. (`:scope` is no shadow root.)
      for (const node of [...this.#root.children]) if (node.matches('link, script, noscript')) node.remove();
      return rendered?.url === this.#asked ? rendered : undefined;
    }

    /** Shows the first page when it is there; settles then, or when that cannot be. */
    async #paint(page, catalogue, stay) {
      const response = await page?.response.catch(() => undefined);
      if (!response?.ok) return;
      const text = await response.clone().text().catch(() => '');
      const found = await catalogue;
      const language = languageOf(this);
      const { groupBy, sort, heading, headingLevel: level, theme } = this;
      if (this.#handle || stay.aborted) return;
      let list, isLong;
      try {
        const page = JSON.parse(text);
        isLong = page.hasMore;
        list = first(page, { groupBy, sort, heading, level, theme }, found, language, this.#room());
      } catch {
        // Whatever is wrong with the page, the component finds words for it.
      }
      if (!list) return;
      this.#show(list.view);
      const rest = () => {
        list?.rest();
        list = undefined;
      };
      // The component takes over a list that is whole. Of one that goes on it wants the rows near the viewport.
      this.#painted = { url: page.url, text, rest: isLong ? () => (list = undefined) : rest, whole: rest };
      // A host's own styles may leave room for more.
      if (list.view.getBoundingClientRect().bottom < innerHeight) rest();
      // What is seen comes first, then the component's files are asked for, and only then comes the rest.
      if (!document.hidden) await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
      setTimeout(() => stay.aborted || rest(), isLong ? LIST_FIRST : 0);
    }

    /** How many rows are seen at once, or a few more: as a rule each is as high as what stands in for it in the shell, and begins below that. */
    #room() {
      const [one, other] = [...this.#root.querySelectorAll('.skeleton')].map(it => it.getBoundingClientRect().top);
      return other > one ? Math.max((innerHeight - one) / (other - one) + 1, 5) : Infinity;
    }

    /** A click on a row before the component is there is not lost. */
    #clicked(event) {
      if (!this.#painted || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const control = event.target.closest?.('.row .action');
      const method = CONTROLS[control?.getAttribute('part')];
      if (!method) return;
      event.preventDefault();
      this[method](control.closest('.row').dataset.file).catch(() => {});
    }

    #stop() {
      this.#stay?.abort();
      this.#stay = undefined;
      this.#languages.disconnect();
      this.#handle?.unmount();
      this.#handle?.free();
      this.#handle = this.#mounted = this.#painted = undefined;
      this.#root.replaceChildren();
    }

    #show(node) {
      this.#root.replaceChildren(node);
    }

    #words() {
      return SHELL[primary(languageOf(this))] ?? SHELL.en;
    }

    /** What is seen until the list is there: its heading, and rows without words. */
    #shell() {
      const [loading, , , heading] = this.#words();
      const rows = Array.from({ length: 5 }, () => make('span', 'skeleton'));
      const title = make('div', 'heading', this.heading.trim() || heading);
      const shell = make('div', 'shell', title, make('p', 'visually-hidden', loading), ...rows);
      shell.setAttribute('role', 'status');
      return shell;
    }

    #failed() {
      // What is painted stays, and is all that there will be.
      this.#painted?.whole?.();
      // A list that comes late must not take the place of what is said here.
      this.#stay.abort();
      const [, sentence, again] = this.#words();
      const button = make('button', 'retry-button', again);
      button.classList.add('button');
      button.addEventListener('click', () => this.#start());
      const notice = make('div', 'state', make('p', 'state-text', sentence), button);
      notice.setAttribute('role', 'alert');
      // A list that is there stays: its links work without the component.
      if (this.#painted) this.#root.prepend(notice);
      else this.#show(notice);
      this.#painted = undefined;
      this.#state('error');
      this.#emit('order-documents-error', { code: 'not-started', status: 0, retryable: true, message: sentence }, false);
    }

    /** The first page's address, where it can be told without the component. */
    #firstUrl() {
      const { orderId, endpoint, scope, type } = this;
      const plain = /^\/(?:[\w.~-]+\/?)*$/.test(endpoint) && /^[\w-]{1,128}$/.test(orderId) && scope !== 'customer' && !type;
      return plain ? `${endpoint.replace(/\/+$/, '')}/files?orderId=${orderId}&limit=100&offset=0` : undefined;
    }

    /** Asks for the first page while the component is still on its way; the component takes it if it wants the same. */
    #firstPage(url, stay) {
      const response = fetch(url, {
        credentials: 'same-origin',
        headers: { accept: 'application/json' },
        cache: 'no-store',
        signal: AbortSignal.any([AbortSignal.timeout(35_000), stay]),
      });
      response.catch(() => {}); // the component reads the failure, if it comes so far
      return { url, response };
    }

    #emit(name, detail, cancelable) {
      return this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
    }

    #state(name) {
      this.#internals.states.clear();
      if (name) this.#internals.states.add(name);
    }
  }

  for (const [attribute, absent] of Object.entries(ATTRIBUTES)) {
    Object.defineProperty(OrderDocumentsElement.prototype, property(attribute), {
      configurable: true,
      enumerable: true,
      get() {
        return this.getAttribute(attribute) ?? absent;
      },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(attribute);
        else this.setAttribute(attribute, value);
      },
    });
  }

  customElements.define(TAG, OrderDocumentsElement);
}

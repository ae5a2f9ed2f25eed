// Runs in each page before its first script, and looks at the page as a reader would: what is there at the end of a frame. It knows the component
// and its rivals by what they show only; a shadow root is looked into like the page.
(() => {
  const ROW = '[part~="row"], .row';
  const NAME = '[part~="name"], .name';
  const waiting = new Set();
  const roots = [document];
  const bench = (globalThis.__bench = { shift: 0, shifts: [], longTasks: [], memories: [], failure: undefined });

  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    if (!roots.includes(root)) roots.push(root);
    return root;
  };

  /** A root that came with the page's HTML was attached by no script. */
  function allRoots() {
    for (const { shadowRoot } of document.getElementsByTagName('order-documents')) {
      if (shadowRoot && !roots.includes(shadowRoot)) roots.push(shadowRoot);
    }
    return roots;
  }

  /** The first element that matches, through shadow roots. */
  function find(selector) {
    for (const root of allRoots()) {
      const found = root.querySelector(selector);
      if (found) return found;
    }
    return undefined;
  }

  /** The name in the list's first row; empty while there is none. */
  function firstName() {
    const row = find(ROW);
    return row?.checkVisibility({ visibilityProperty: true }) ? (row.querySelector(NAME) ?? row).textContent.trim() : '';
  }

  const search = () => find('input[type="search"]');
  const summary = () => find('[part~="summary"], .summary')?.textContent ?? '';

  // A frame is: tasks, animation callbacks, layout, paint. What is there when its callbacks begin or when it ends was painted with it.
  function frame() {
    requestAnimationFrame(frame);
    for (const wait of waiting) wait.seen ||= Boolean(wait.is());
    scheduler.postTask(painted, { priority: 'user-blocking' });
  }

  function painted() {
    const now = performance.now();
    for (const wait of waiting) {
      if (wait.seen || wait.is()) {
        waiting.delete(wait);
        wait.resolve(now);
      }
    }
  }

  requestAnimationFrame(frame);

  /** Resolves with the end of the first frame that shows it, in milliseconds since the navigation began. */
  const when = is => new Promise((resolve, reject) => waiting.add({ is, resolve, reject, seen: false }));

  // A page that fails is not measured: whoever waits for something is told.
  function fail(failure) {
    bench.failure ??= failure;
    for (const { reject } of waiting) reject(new Error(failure));
    waiting.clear();
  }
  document.addEventListener('securitypolicyviolation', event => fail(`against the policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
  addEventListener('error', event => fail(`not caught: ${event.message}`));
  addEventListener('unhandledrejection', event => fail(`not caught: ${event.reason}`));

  const observe = (type, act) => new PerformanceObserver(list => list.getEntries().forEach(act)).observe({ type, buffered: true });
  observe('longtask', ({ startTime, duration }) => bench.longTasks.push({ startTime, duration }));
  observe('layout-shift', entry => {
    if (entry.hadRecentInput) return;
    bench.shift += entry.value;
    const name = ({ localName, className, part }) => `${localName}.${part?.value || className}`;
    // A node of a shadow root is not told; it is what stands where the moved one stands now.
    const at = ({ x, y, width, height }) => allRoots().flatMap(root => [...root.querySelectorAll('*')]).filter(it => {
      const box = it.getBoundingClientRect();
      return Math.abs(box.x - x) < 1 && Math.abs(box.y - y) < 1 && Math.abs(box.width - width) < 1 && Math.abs(box.height - height) < 1;
    });
    const where = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
    const source = ({ node, previousRect, currentRect }) =>
      `${node?.nodeType === 1 ? name(node) : at(currentRect).map(name).join(' or ')} from ${where(previousRect)} to ${where(currentRect)}`;
    bench.shifts.push({ at: entry.startTime, value: entry.value, sources: entry.sources.map(source) });
  });

  // A module's memory is known to its instance alone.
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...words) => {
      const made = await original.apply(WebAssembly, words);
      const { exports } = made.instance ?? made;
      for (const value of Object.values(exports)) if (value instanceof WebAssembly.Memory && !bench.memories.includes(value)) bench.memories.push(value);
      return made;
    };
  }

  Object.assign(bench, {
    find,
    firstName,
    when,
    /** The heading or what stands in for the rows. */
    shell: when(() => allRoots().some(root => [...root.querySelectorAll('.heading, .skeleton')].some(it => it.getBoundingClientRect().height > 0))),
    firstRow: when(() => firstName() !== '' && find(ROW).getBoundingClientRect().height > 0),
    /** All documents are counted in the summary; while they load it says otherwise. */
    all: count => when(() => summary().startsWith(`${count} document`)),
    wasmBytes: () => bench.memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0),
    firstPaint: new Promise(resolve => observe('paint', ({ name, startTime }) => name === 'first-contentful-paint' && resolve(startTime))),

    /** Searches again and again, until the list answers: the end of the frame that shows the answer. */
    interactive(text, name) {
      // Past what React keeps on the element itself.
      const type = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
      const timer = setInterval(() => {
        const input = search();
        if (!input || input.disabled) return;
        if (input.value !== text) type.call(input, text);
        input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, data: text, inputType: 'insertText' }));
      }, 20);
      const lists = () => find('.list')?.getRootNode().querySelectorAll('.list').length ?? 0;
      const limit = setTimeout(() => fail(`search has not answered for 30 s; lists in the page: ${lists()}`), 30_000);
      const stop = () => (clearInterval(timer), clearTimeout(limit));
      return when(() => firstName() === name).finally(stop);
    },

    /** From the next event of this type to the end of the frame that shows this document first. */
    answer(type, name) {
      const begun = new Promise(resolve => addEventListener(type, event => resolve(event.timeStamp), { capture: true, once: true }));
      return Promise.all([begun, begun.then(() => when(() => firstName() === name))]).then(([start, end]) => end - start);
    },

    focusSearch: () => search().focus(),

    /** Chooses as a reader does: the select has another value, and says so. */
    sortBy(value) {
      const select = find('select');
      select.value = value;
      for (const type of ['input', 'change']) select.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
    },

    /** Where the control is that previews the first document whose name ends so. */
    previewOf(ending) {
      for (const root of allRoots()) {
        for (const row of root.querySelectorAll(ROW)) {
          if (!row.querySelector(NAME)?.textContent.endsWith(ending)) continue;
          row.scrollIntoView({ block: 'center' });
          const { x, y, width, height } = row.querySelector('[part~="preview-button"]').getBoundingClientRect();
          return { point: { x: x + width / 2, y: y + height / 2 } };
        }
      }
      throw new Error(`no row's name ends with ${ending}`);
    },

    /** From the next click to the end of the frame that shows a file, and the requests that were under way meanwhile. */
    async opening(selector) {
      const start = await new Promise(resolve => addEventListener('click', event => resolve(event.timeStamp), { capture: true, once: true }));
      const end = await when(() => {
        const shown = find(selector);
        return shown && (shown.localName !== 'img' || (shown.complete && shown.naturalWidth));
      });
      const isRoundTrip = ({ name, responseEnd }) => responseEnd > start && (name.includes('/files/url') || name.includes('?signature='));
      const requests = performance.getEntriesByType('resource').filter(isRoundTrip);
      return { start, end, requests: requests.map(({ startTime, responseEnd }) => [startTime, responseEnd]) };
    },

    /** Scrolls from end to end, a jump for each frame. */
    async scroll(frames) {
      const nextFrame = () => new Promise(requestAnimationFrame);
      const begun = performance.now();
      for (let index = 0; index < 60; index += 1) {
        scrollBy(0, 600);
        await nextFrame();
      }
      for (let index = 0; index <= frames; index += 1) {
        scrollTo(0, (document.documentElement.scrollHeight * index) / frames);
        await nextFrame();
      }
      scrollTo(0, 0);
      await nextFrame();
      await nextFrame();
      return { begun, ended: performance.now() };
    },

    /** What the page had loaded by then, in bytes as they travelled, without headers. */
    bytes(then = Infinity) {
      const kind = name => /\.(\w+)(\?|$)/.exec(new URL(name).pathname)?.[1];
      const isLoaded = ({ name, responseEnd }) => new URL(name).pathname.startsWith('/assets/') && responseEnd <= then;
      const entries = performance.getEntriesByType('resource').filter(isLoaded);
      const sum = { html: performance.getEntriesByType('navigation')[0].encodedBodySize, js: 0, wasm: 0, css: 0, json: 0 };
      for (const name of new Set(entries.map(({ name }) => name))) {
        const size = Math.max(...entries.filter(entry => entry.name === name).map(({ encodedBodySize }) => encodedBodySize));
        sum[kind(name)] = (sum[kind(name)] ?? 0) + size;
      }
      return sum;
    },
  });
})();

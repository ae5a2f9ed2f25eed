// What a host page includes: it defines the element, shows its shell and the first page of the list, and then fetches the
// WebAssembly. The names in capitals are put in by `cargo xtask assets`.
import styles from '../style/element.css';
import { define } from './element.js';
import * as list from './markup/list.js';
import english from './text/en.json';

const here = name => new URL(name, import.meta.url);

define({
  styles,
  async connect() {
    const wasm = fetch(here(WASM), { credentials: 'same-origin' });
    const glue = await import(here(GLUE));
    // Whatever src/browser.rs names: the glue has no copy of its own (xtask/bundle.mjs).
    glue.provide(list);
    await glue.default({ module_or_path: wasm });
    // The component starts in a task of its own: between the two the page answers to whoever scrolls or types.
    await new Promise(resolve => setTimeout(resolve));
    return glue;
  },
  async texts(language) {
    const file = TEXTS[language];
    if (!file) return english;
    const response = await fetch(here(file));
    return response.ok ? response.json() : english;
  },
});

// A page's first Intl objects, which languages need that forms.js does not know, take a frame or two. There is time while the list is on its way.
globalThis.requestIdleCallback?.(() => {
  const { lang } = document.documentElement;
  list.formatNumber(lang, 0);
  list.formatDate(lang, 0);
});

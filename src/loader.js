// What a host page includes: it defines the element, shows its shell, and starts the WebAssembly and the first page of the
// list at the same time. The names in capitals are put in by `cargo xtask assets`.
import styles from '../style/element.css';
import { define } from './element.js';
import english from './text/en.json';

const here = name => new URL(name, import.meta.url);

define({
  styles,
  async connect() {
    const wasm = fetch(here(WASM), { credentials: 'same-origin' });
    const glue = await import(here(GLUE));
    await glue.default({ module_or_path: wasm });
    return glue;
  },
  async texts(language) {
    const file = TEXTS[language];
    if (!file) return english;
    const response = await fetch(here(file));
    return response.ok ? response.json() : english;
  },
});

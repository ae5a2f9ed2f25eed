// What is not needed before the list shows (later.rs): the second WebAssembly module, and the styles of what it shows.

/** What is not here yet: functions that load it. The build puts in the module's; where there is but one module, it has none. */
export const missing = new Set();

const sheet = new CSSStyleSheet();

// The build names the file. Tests and Leptos portals have the styles in the page, and no such name.
if (typeof STYLES === 'string') {
  missing.add(async () => {
    const response = await fetch(new URL(STYLES, import.meta.url), { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error('no styles');
    sheet.replaceSync(await response.text());
  });
}

let arriving;

/** Whether all of it is here. */
export const isHere = () => !missing.size;

const load = part => part().then(() => missing.delete(part));

/** Settles when all of it is here. What could not be had is still missing, and the next call tries it again. */
export async function arrive() {
  await (arriving ??= Promise.allSettled([...missing].map(load)).finally(() => (arriving = undefined)));
  if (missing.size) throw new Error('incomplete');
}

/** Fetches it as soon as the browser has nothing else to do. */
export const fetchAhead = () => (globalThis.requestIdleCallback ?? setTimeout)(() => arrive().catch(() => {}));

/** Gives the styles to the shadow root that the node is in, once. */
export function adoptStyles(node) {
  const sheets = node.getRootNode().adoptedStyleSheets;
  if (!sheets.includes(sheet)) sheets.push(sheet);
}

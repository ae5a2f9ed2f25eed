// The second WebAssembly module: what is not needed before the list shows (later.rs).

/** `load` fetches it and joins it to the first; the build puts it in. Where there is but one module, nothing is left to load. */
export const second = {};

let arriving;
let is = false;

/** Whether what it holds can be called. */
export const isHere = () => is || !second.load;

/** Settles when it is here. A failure is forgotten, so that the next call tries again. */
export async function arrive() {
  try {
    await (arriving ??= second.load?.());
    is = true;
  } catch (error) {
    arriving = undefined;
    throw error;
  }
}

/** Fetches it as soon as the browser has nothing else to do. */
export const fetchAhead = () => (globalThis.requestIdleCallback ?? setTimeout)(() => arrive().catch(() => {}));

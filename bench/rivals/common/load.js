// The list's pages, fetched as the component fetches them: the first alone, then as many at once as have arrived, four at most.
import { toDocument } from './shelf.js';
import { prepare } from './text.js';

const PAGE = 100;
const AT_ONCE = 4;
/** How long pages that follow the first are gathered before they are shown: drawing a long list for each would hold up the next. */
const GATHER_MILLIS = 200;

/** The order that the page's address names. */
export const order = location.pathname.split('/').pop();

/**
 * Loads all pages.
 *
 * @param {(more: object[], isAll: boolean) => void} show is given the documents that are new: at the first page, at most every 200 ms, and at the end
 */
export function load(show) {
  let fresh = [];
  let [next, arrived, underWay, more, timer] = [0, 0, 0, true, undefined];

  const tell = isAll => {
    clearTimeout(timer);
    timer = undefined;
    show(fresh, isAll);
    fresh = [];
  };

  async function ask(page) {
    const response = await fetch(`/api/v1/files?orderId=${order}&limit=${PAGE}&offset=${page * PAGE}`);
    if (!response.ok) throw new Error(`the list was answered with ${response.status}`);
    const { files, hasMore } = await response.json();
    fresh.push(...files.map(toDocument));
    underWay -= 1;
    arrived += 1;
    more &&= hasMore;
    pump();
    if (!underWay) tell(true);
    else if (arrived === 1) tell(false);
    else timer ??= setTimeout(tell, GATHER_MILLIS, false);
  }

  function pump() {
    while (more && underWay < Math.min(AT_ONCE, Math.max(arrived, 1))) {
      underWay += 1;
      ask(next++);
    }
  }
  pump();
  // After the frame that has the page's own words in it.
  requestAnimationFrame(() => setTimeout(prepare));
}

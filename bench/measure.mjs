// What is measured, and how: one function for each scenario. Each opens a page with nothing kept from before, and returns its figures by name, one
// or several of each.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './browser.mjs';
import { countOf, documents } from './documents.mjs';
import { Trunk } from './rebuild.mjs';
import { Shelf, toDocument } from './rivals/common/shelf.js';

const PROBE = readFileSync(new URL('probe.js', import.meta.url), 'utf8');
/** What Lighthouse calls a slow phone on 4G. */
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
const SLOWER = 4;
const PHONE = { width: 412, height: 915, deviceScaleFactor: 1, mobile: false };
const DESK = { width: 1280, height: 900, deviceScaleFactor: 1, mobile: false };
/** It is in one name of eleven, and in no first one. */
const LETTER = 'j';
const REPETITIONS = 3;
const MEGABYTE = 1e6;
/** After everything has arrived a reader looks before they type; what a page prepares meanwhile, it may. */
const LOOK_MILLIS = 1000;
/** The longest that is waited for the component to take over a page that is there already. */
const TAKEN_OVER_MILLIS = 15_000;

/** What each scenario is called, who is in it, and how it is run. The first one is us. */
export const SCENARIOS = {
  list: { run: list, rivals: ['ours', 'element', 'lit', 'preact', 'solid', 'react', 'react-virtual', 'static'] },
  page: { run: page, rivals: ['proxy', 'static'] },
  again: { run: again, rivals: ['ours', 'element', 'preact', 'react'], quick: ['ours'] },
  ten: { run: ten, rivals: ['ours', 'react-virtual'] },
  // They draw every row, which takes many times as long: fewer runs, and no bar hangs on them.
  plain: { run: ten, rivals: ['element', 'lit', 'preact', 'solid', 'react'], quick: [], share: 0.4 },
  hundred: { run: hundred, rivals: ['ours', 'react-virtual'] },
  preview: { run: preview, rivals: ['ours'] },
  rebuild: { run: rebuild, rivals: ['ours'] },
};

/** The orders whose lists are measured. */
export const ORDERS = { list: 'ord_100', ten: 'ord_10000', hundred: 'ord_100000' };

const shelves = {};

/** The name that stands first in an order's list. */
function first(order, query = '', sort = '-created') {
  shelves[order] ??= new Shelf().with(documents(order).map(toDocument));
  return shelves[order].arrange(query, sort)[0].rows[0].filename;
}

const address = (bench, name, order) => `${name === 'proxy' ? bench.proxy : bench.origins[name].origin}/orders/${order}`;
const counted = order => new Intl.NumberFormat('en').format(countOf(order));

/** Opens a page, hands it to `look`, and closes it; that something in it failed counts as a failure. */
async function visit(opened, { device, throttled = false, cookie }, look) {
  const page = await opened;
  try {
    await page.send('Page.enable');
    await page.send('Emulation.setDeviceMetricsOverride', device);
    await page.send('Page.addScriptToEvaluateOnNewDocument', { source: PROBE });
    if (cookie) await page.send('Network.setCookie', cookie);
    if (throttled) {
      await page.send('Network.enable');
      await page.send('Network.emulateNetworkConditions', NETWORK);
      await page.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    }
    const figures = await look(page);
    const failure = await page.evaluate('__bench.failure');
    if (failure) throw new Error(failure);
    return figures;
  } finally {
    await page.close();
  }
}

/** Loads a page throttled until the list is there. */
async function loaded(page, url) {
  const lists = new Set();
  page.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (new URL(request.url).pathname === '/api/v1/files') lists.add(requestId);
  });
  page.on('Network.requestServedFromCache', ({ requestId }) => lists.delete(requestId));
  await page.send('Page.navigate', { url });
  const listVisible = await page.evaluate('__bench.firstRow');
  const [shell, firstPaint] = await page.evaluate('Promise.all([__bench.shell, __bench.firstPaint])');
  await page.evaluate(`__bench.all('${counted(ORDERS.list)}')`);
  return { shell, firstPaint, listVisible, lists };
}

/** Searches until the list answers. */
const interactive = page => page.evaluate(`__bench.interactive('${LETTER}', ${JSON.stringify(first(ORDERS.list, LETTER))})`);

/** Script only: cold, on a slow phone. */
function list(bench, name) {
  return visit(bench.browser.page(), { device: PHONE, throttled: true }, async page => {
    const { lists, ...figures } = await loaded(page, address(bench, name, ORDERS.list));
    if (name !== 'static') figures.interactive = await interactive(page);
    const bytes = (then = Infinity) => page.evaluate(`__bench.bytes(${then})`);
    const shownBy = Object.values(await bytes(figures.listVisible)).reduce((one, other) => one + other);
    return { ...figures, ...(await bytes(figures.interactive)), shownBy, requests: lists.size };
  });
}

/** A page as a browser's navigation is answered, without a browser. */
async function asked(url, cookie) {
  const headers = { cookie, accept: 'text/html', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const [answer] = await once(get(url, { headers }), 'response');
  let html = '';
  for await (const part of answer.setEncoding('utf8')) html += part;
  if (answer.statusCode !== 200) throw new Error(`${url} was answered with ${answer.statusCode}: ${html}`);
  return html;
}

/** Rendered by the server: what the proxy sends, beside the same as a file. One visit to see that nothing moves, one to search. */
async function page(bench, name) {
  const url = address(bench, name, ORDERS.list);
  const isOurs = name === 'proxy';
  const cookie = isOurs ? { name: bench.cookie, value: bench.token, url, httpOnly: true } : undefined;
  if (isOurs) {
    // Asked once beforehand, so that FlexPortal's answer is kept: a static page waits for none either.
    if (!(await asked(url, `${bench.cookie}=${bench.token}`)).includes(documents(ORDERS.list)[0].fileId)) return { missing: true };
  }
  const options = { device: PHONE, throttled: true, cookie };
  const figures = await visit(bench.browser.page(), options, async page => {
    const { lists, ...figures } = await loaded(page, url);
    // The component takes the page over when its WebAssembly is there; that is when something might move, or be asked for again.
    if (isOurs) await Promise.race([page.evaluate('__bench.when(() => __bench.memories.length)'), sleep(TAKEN_OVER_MILLIS)]);
    await sleep(2 * LOOK_MILLIS);
    return { ...figures, ...(await page.evaluate('({ shift: __bench.shift, shifts: __bench.shifts, ...__bench.bytes() })')), requests: lists.size };
  });
  if (!isOurs) return figures;
  const search = page => loaded(page, url).then(() => interactive(page));
  return { ...figures, interactive: await visit(bench.browser.page(), options, search) };
}

/** A second visit, with what the browser has kept of the first one: a profile on disk, as a customer has. */
async function again(bench, name) {
  const browser = await Browser.start();
  const look = async page => {
    const { listVisible } = await loaded(page, address(bench, name, ORDERS.list));
    const answers = await interactive(page);
    // What the browser keeps it writes when nobody waits for anything.
    await sleep(LOOK_MILLIS);
    return { listVisible, answers };
  };
  const coming = () => visit(browser.page({ fresh: false }), { device: PHONE, throttled: true }, look);
  try {
    const [cold, warm] = [await coming(), await coming()];
    const ratio = warm.listVisible / cold.listVisible;
    return { cold: cold.listVisible, warm: warm.listVisible, ratio, coldInteractive: cold.answers, warmInteractive: warm.answers };
  } finally {
    await browser.close();
  }
}

const key = (type, key, code, text) => ({ type, key, code: key.length > 1 ? key : `Key${key.toUpperCase()}`, windowsVirtualKeyCode: code, text });

async function press(page, name, code, text) {
  await page.send('Input.dispatchKeyEvent', key(text ? 'keyDown' : 'rawKeyDown', name, code, text));
  await page.send('Input.dispatchKeyEvent', key('keyUp', name, code));
}

/** From an event to the frame that shows its answer. */
async function answer(page, event, name, act) {
  await page.evaluate(`void (__bench.answered = __bench.answer('${event}', ${JSON.stringify(name)}))`);
  await act();
  const time = await page.evaluate('__bench.answered');
  // The next one comes at any moment of a frame.
  await sleep(100 + Math.random() * 50);
  return time;
}

async function memory(page) {
  await page.send('HeapProfiler.collectGarbage');
  await page.send('HeapProfiler.collectGarbage');
  const { usedSize } = await page.send('Runtime.getHeapUsage');
  const { nodes } = await page.send('Memory.getDOMCounters');
  const wasm = await page.evaluate('__bench.wasmBytes()');
  return { heap: usedSize / MEGABYTE, wasm: wasm / MEGABYTE, nodes };
}

/** Loads a page as fast as it goes, until all documents are there and a moment longer. */
async function settled(page, url, order) {
  await page.send('Page.navigate', { url });
  const firstRow = await page.evaluate('__bench.firstRow');
  const all = await page.evaluate(`__bench.all('${counted(order)}')`);
  await sleep(LOOK_MILLIS);
  return { firstRow, all };
}

/** Ten thousand documents: until all are there, then searching and sorting. */
function ten(bench, name) {
  const order = ORDERS.ten;
  return visit(bench.browser.page(), { device: DESK }, async page => {
    const figures = { ...(await settled(page, address(bench, name, order), order)), type: [], clear: [], sort: [] };
    await page.evaluate('__bench.focusSearch()');
    const [plain, found] = [first(order), first(order, LETTER)];
    for (let time = 0; time < REPETITIONS; time += 1) {
      figures.type.push(await answer(page, 'input', found, () => press(page, LETTER, LETTER.toUpperCase().charCodeAt(0), LETTER)));
      figures.clear.push(await answer(page, 'input', plain, () => press(page, 'Backspace', 8)));
    }
    for (const sort of ['name', '-size', '-created']) {
      figures.sort.push(await answer(page, 'change', first(order, '', sort), () => page.evaluate(`__bench.sortBy('${sort}')`)));
    }
    return { ...figures, ...(await memory(page)) };
  });
}

/** A hundred thousand documents: whether the page stays usable while they arrive, and while they are scrolled through. */
function hundred(bench, name) {
  return visit(bench.browser.page(), { device: DESK }, async page => {
    const figures = await settled(page, address(bench, name, ORDERS.hundred), ORDERS.hundred);
    const { begun, ended } = await page.evaluate('__bench.scroll(60)');
    await sleep(LOOK_MILLIS);
    const tasks = await page.evaluate('__bench.longTasks');
    const between = (from, to) => [0, ...tasks.filter(({ startTime }) => startTime >= from && startTime <= to).map(({ duration }) => duration)];
    const [loading, scrolling] = [between(0, begun), between(begun, ended)];
    Object.assign(figures, { longestLoading: Math.max(...loading), longLoading: loading.length - 1 });
    Object.assign(figures, { longestScrolling: Math.max(...scrolling), longScrolling: scrolling.length - 1 });
    return { ...figures, ...(await memory(page)) };
  });
}

/** Previews: from the click to the frame that shows the file, and how much of it no request was under way; the first time in a page, and again. */
async function preview(bench, name) {
  const figures = {};
  for (const [ending, shown] of [['png', 'img[src^="blob:"]'], ['pdf', 'iframe[src^="blob:"]']]) {
    await visit(bench.browser.page(), { device: DESK }, async page => {
      await settled(page, address(bench, name, ORDERS.list), ORDERS.list);
      await page.evaluate(`__bench.interactive('', ${JSON.stringify(first(ORDERS.list))})`);
      for (const time of ['', 'Again']) {
        const { point } = await page.evaluate(`__bench.previewOf('.${ending}')`);
        await page.evaluate(`void (__bench.opened = __bench.opening('${shown}'))`);
        for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased']) {
          await page.send('Input.dispatchMouseEvent', { type, ...point, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1 });
          await sleep(50);
        }
        const { start, end, requests } = await page.evaluate('__bench.opened');
        figures[`${ending}${time}`] = end - start;
        figures[`${ending}Own${time}`] = end - start - covered(requests, start, end);
        await press(page, 'Escape', 27);
        await page.evaluate(`__bench.when(() => !__bench.find('${shown}'))`);
      }
    });
  }
  return figures;
}

/** A developer's change of a view, until `trunk serve` has reloaded the page. */
async function rebuild(bench) {
  bench.trunk ??= await Trunk.start();
  return visit(bench.browser.page(), { device: DESK }, async page => {
    await page.send('Page.navigate', { url: bench.trunk.address });
    return { rebuilt: (await bench.trunk.changed(page)) / 1000 };
  });
}

/** How much of a time is covered by any of the intervals. */
function covered(intervals, from, to) {
  let [sum, at] = [0, from];
  for (const [start, end] of intervals.toSorted((one, other) => one[0] - other[0])) {
    const [begin, stop] = [Math.max(start, at), Math.min(end, to)];
    if (stop > begin) [sum, at] = [sum + stop - begin, stop];
  }
  return sum;
}

// The figures as a page: the bars, the tables that they come from, and what has to be known to read them.
import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { median, short, spread, values } from './statistics.mjs';

const FRAME = 1000 / 60;
const RENDERED = 'page rendered by the proxy';
const read = path => readFileSync(new URL(path, import.meta.url), 'utf8');
const sum = run => run.html + run.js + run.wasm + run.css + run.json;

/** One bar: what it is about, its text, and the figures that it is held against, each with whether it is held. */
function bars({ list, page, again, ten, hundred, preview, rebuild }) {
  const of = (scenario, rival, figure) => {
    const found = values(scenario?.[rival], figure);
    return found && median(found);
  };
  const ratio = (one, other, most, name) => one !== undefined && other !== undefined && [`${(one / other).toFixed(2)} of ${name}`, one / other <= most];
  const most = (value, limit, unit) => value !== undefined && [`${short(value)}${unit}`, value <= limit];
  const is = (scenario, figure, limit, unit) => most(of(scenario, 'ours', figure), limit, unit);
  const against = (scenario, figure, rival, limit, name) => ratio(of(scenario, 'ours', figure), of(scenario, rival, figure), limit, name);
  const bytes = list?.ours && median(list.ours.map(sum));
  const shownBy = of(list, 'ours', 'shownBy');
  const together = scenario => scenario?.ours && median(scenario.ours.map(run => run.heap + run.wasm));
  const shown = page?.proxy?.some(run => !run.missing) ? page : undefined;
  const ours = shown && { ours: shown.proxy, static: shown.static };
  const virtual = 'the virtualised React list';
  const acts = [['type', 'type a letter'], ['clear', 'clear it'], ['sort', 'sort']];
  return [
    ['first load until the list shows, brotli', 'at most 60 kB', [most(shownBy && shownBy / 1000, 60, ' kB')]],
    ['the same until search answers: a stricter reading, of our own', 'at most 60 kB', [most(bytes && bytes / 1000, 60, ' kB')]],
    ['list visible, script only', 'at most 1.00 of Preact, 0.75 of React', [against(list, 'listVisible', 'preact', 1, 'Preact'), against(list, 'listVisible', 'react', 0.75, 'React')]],
    ['first paint of the shell', 'at most 1.00 of the plain custom element', [against(list, 'shell', 'element', 1, 'the plain element'), against(list, 'firstPaint', 'element', 1, 'it with text or a picture (FCP)')]],
    [`${RENDERED}: list visible`, 'at most 1.10 of the static page', [against(ours, 'listVisible', 'static', 1.1, 'the static page')]],
    [`${RENDERED}: layout shift`, 'CLS 0', [ours && [`${Math.max(...values(shown.proxy, 'shift'))}`, Math.max(...values(shown.proxy, 'shift')) === 0]]],
    [`${RENDERED}: list requests from the browser`, 'none', [ours && [`${Math.max(...values(shown.proxy, 'requests'))}`, Math.max(...values(shown.proxy, 'requests')) === 0]]],
    ['second visit, list visible', 'at most 0.6 of our own cold one', [ratio(of(again, 'ours', 'warm'), of(again, 'ours', 'cold'), 0.6, 'cold')]],
    ...acts.map(([figure, name]) => [
      `10,000 documents: ${name}`,
      `at most 16.7 ms, 1.0 of ${virtual}`,
      [is(ten, figure, FRAME, ' ms'), against(ten, figure, 'react-virtual', 1, 'it')],
    ]),
    ['10,000 documents: all there', `at most 1.0 of ${virtual}`, [against(ten, 'all', 'react-virtual', 1, 'it')]],
    ['10,000 documents: JS heap and wasm memory', 'at most 8 MB', [most(together(ten), 8, ' MB')]],
    ['100,000 documents: first row', 'at once: at most 1.1 of our own with 10,000', [ratio(of(hundred, 'ours', 'firstRow'), of(ten, 'ours', 'firstRow'), 1.1, 'that')]],
    ['100,000 documents: longest task while they load', 'at most 50 ms', [longTask(hundred, 'longestLoading')]],
    ['100,000 documents: longest task while they are scrolled', 'at most 50 ms', [longTask(hundred, 'longestScrolling')]],
    ['100,000 documents: JS heap and wasm memory', 'at most 64 MB', [most(together(hundred), 64, ' MB')]],
    ['preview of a picture: our own time', 'at most 1 frame', [most(frames(preview, 'pngOwn'), 1, ' frames')]],
    ['preview of a PDF: our own time', 'at most 1 frame', [most(frames(preview, 'pdfOwn'), 1, ' frames')]],
    ['a change of one view, reloaded by `trunk serve`', 'within 5 s', [is(rebuild, 'rebuilt', 5, ' s')]],
  ];

  function frames(scenario, figure) {
    const time = of(scenario, 'ours', figure);
    return time === undefined ? undefined : time / FRAME;
  }
}

/** The browser tells tasks from 50 ms on; below that there is nothing to tell. */
function longTask(scenario, figure) {
  const found = values(scenario?.ours, figure);
  return found && [median(found) ? `${short(median(found))} ms` : 'none over 50 ms', median(found) <= 50];
}

const line = cells => `| ${cells.join(' | ')} |`;

function table(head, aligned, rows) {
  return [line(head), line(aligned), ...rows.map(line)].join('\n');
}

const cell = (runs, figure) => {
  const found = values(runs, figure);
  return found ? spread(found) : '';
};

function barTable(results) {
  const isMissing = results.page?.proxy?.length && results.page.proxy.every(run => run.missing);
  const rows = bars(results).map(([what, bar, found]) => {
    const measured = found.filter(Boolean);
    if (!measured.length) return [what, bar, isMissing && what.startsWith(RENDERED) ? 'not there yet: the page comes without rows' : 'not measured', ''];
    return [what, bar, measured.map(([text]) => text).join(', '), measured.every(([, held]) => held) ? 'held' : '**not held**'];
  });
  return table(['what', 'bar', 'figure', ''], ['---', '---', '---', '---'], rows);
}

/** A table with a line for each rival and a column for each figure. */
function figures(results, titles, columns) {
  const rows = Object.keys(titles).filter(rival => results[rival]?.some(run => !run.missing));
  const [head, aligned] = [['', ...Object.values(columns)], ['---', ...Object.values(columns).map(() => '---:')]];
  return table(head, aligned, rows.map(rival => [titles[rival], ...Object.keys(columns).map(figure => cell(results[rival], figure))]));
}

const SECTIONS = [
  [
    'list',
    'Script only: 100 documents, cold, 4x CPU, 1.6 Mbps, 150 ms',
    'Milliseconds since the navigation began; bytes that were loaded by the time search answers, as they travel, without headers and without the list.',
    { shell: 'shell', firstPaint: 'first contentful paint', listVisible: 'list visible', interactive: 'search answers', html: 'HTML', js: 'JS', wasm: 'wasm', css: 'CSS', json: 'texts', requests: 'list requests' },
  ],
  [
    'page',
    'Rendered by the server: 100 documents, cold, 4x CPU, 1.6 Mbps, 150 ms',
    '',
    { shell: 'shell', firstPaint: 'first contentful paint', listVisible: 'list visible', interactive: 'search answers', shift: 'CLS', requests: 'list requests', html: 'HTML bytes' },
  ],
  ['again', 'Second visit: the same, with what the browser has kept', '', { cold: 'cold', warm: 'second', ratio: 'second ÷ cold', coldInteractive: 'search answers, cold', warmInteractive: 'search answers, second' }],
  [
    'ten',
    '10,000 documents, not throttled',
    'Milliseconds from the event to the end of the frame that shows its answer; megabytes after garbage was collected.',
    { firstRow: 'first row', all: 'all there', type: `type a letter`, clear: 'clear it', sort: 'sort', heap: 'JS heap MB', wasm: 'wasm memory MB', nodes: 'DOM nodes' },
  ],
  [
    'hundred',
    '100,000 documents, not throttled',
    'The longest task and how many were over 50 ms.',
    {
      firstRow: 'first row',
      all: 'all there',
      longestLoading: 'longest task loading',
      longLoading: 'long tasks',
      longestScrolling: 'longest task scrolling',
      longScrolling: 'long tasks',
      heap: 'JS heap MB',
      wasm: 'wasm memory MB',
    },
  ],
  ['preview', 'Preview, not throttled', 'From the click to the frame that shows the file; own: without the time in which a request was under way. The first preview in a page, and the same one again.', { png: 'picture', pngOwn: 'own', pngOwnAgain: 'own, again', pdf: 'PDF', pdfOwn: 'own', pdfOwnAgain: 'own, again' }],
  ['rebuild', 'Building it', 'Seconds from the saving of a changed view to the page of `trunk serve` that shows it, reloaded by itself. A debug build.', { rebuilt: 'a view' }],
];

function machine({ runs, revision, browser, loads, minutes }) {
  const packages = JSON.parse(read('package.json')).dependencies;
  const model = cpus()[0]?.model.trim() || 'unknown CPU';
  const rivals = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const components = ['leptos', 'wasm-bindgen'].map(name => `${name} ${locked(name)}`);
  return (
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores of ${model}, Linux ${release()}, load average ${short(median(loads))} ` +
    `(${short(Math.min(...loads))}–${short(Math.max(...loads))}); ${browser}, Node ${process.versions.node}; ${revision}; ${components.join(', ')}; ` +
    `${rivals.join(', ')}. ${runs} runs, ${Math.round(minutes)} minutes. Medians, and the least and the most in brackets.`
  );
}

const locked = name => new RegExp(`name = "${name}"\\nversion = "([^"]+)"`).exec(read('../Cargo.lock'))?.[1];

/** The whole page. */
export function report(facts, results) {
  const titles = { ours: 'order-documents', proxy: 'order-documents, by the proxy' };
  for (const [name, { title }] of Object.entries(facts.server.origins)) titles[name] = title;
  const shown = { ...results, ten: results.ten || results.plain ? { ...results.ten, ...results.plain } : undefined };
  const sections = SECTIONS.filter(([name]) => shown[name]).map(([name, title, note, columns]) => {
    const text = note && `${note}\n\n`;
    return `### ${title}\n\n${text}${figures(shown[name], titles, columns)}\n`;
  });
  if (facts.failures.length) sections.push(`### Failed\n\n${facts.failures.map(failure => `- ${failure}`).join('\n')}\n`);
  const parts = { machine: machine(facts), bars: barTable(results), figures: sections.join('\n') };
  return read('page.md').replace(/\{\{(\w+)\}\}/g, (_, part) => parts[part]);
}

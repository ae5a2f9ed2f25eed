// The list as its first page shows it, before the WebAssembly is there. What is painted here the component takes over as it is
// (src/view/), so it is painted only where it would look the same: a page of our proxy's, whose records are clean, in groups by type.
import { formatNumber } from '../browser.js';
import { build } from './build.js';
import { row } from './row.js';
import { DOCUMENTED, countAndSize, fill, typeName } from './words.js';

const SORTS = { '-created': 'SortNewest', created: 'SortOldest', name: 'SortName', '-name': 'SortNameBack', '-size': 'SortLargest', size: 'SortSmallest' };

/**
 * The whole view of a first page, or undefined where that is the component's to show.
 *
 * @param {object} page the answer of the proxy
 * @param {object} settings `heading`, `level`, `theme`, `groupBy`, `sort`
 * @param {object} words the language's catalogue
 * @param {string} lang the language tag for numbers and dates
 */
export function first(page, settings, words, lang) {
  const records = recordsOf(page);
  const compare = order(settings.sort);
  if (!records?.length || page.dropped || settings.groupBy !== 'type' || !compare) return undefined;

  const groups = new Map();
  for (const record of records) groups.set(record.type, [...(groups.get(record.type) ?? []), record]);
  const types = [...groups.keys()].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const total = bytes => bytes.reduce((sum, { fileSize }) => sum + (fileSize ?? 0), 0);
  const level = /^[1-6]$/.test(settings.level) ? settings.level : '2';

  const group = type => {
    const name = typeName(words, type);
    const summary = countAndSize(words, lang, groups.get(type).length, total(groups.get(type)));
    // Sorting is stable: equals stay as the server has them.
    const rows = groups.get(type).sort(compare).map(record => row(record, words, lang));
    const heading = build('heading', { level: Math.min(Number(level) + 1, 6), name, summary });
    return build('group', { name, key: `type ${type}`, heading: [heading], rows });
  };
  const toggle = type =>
    build('toggle', { type, name: typeName(words, type), count: formatNumber(lang, groups.get(type).length) });
  const option = ([word, key]) => build('sort', { word, label: words[key], selected: word === settings.sort ? '' : undefined });
  const toolbar = build('toolbar', {
    search: words.Search,
    hint: words.SearchHint,
    sort: words.Sort,
    sorts: Object.entries(SORTS).map(option),
    types: types.length > 1 ? [build('types', { label: words.Types, toggles: types.map(toggle) })] : [],
  });
  const count = records.length;
  return build('view', {
    theme: settings.theme === 'light' || settings.theme === 'dark' ? ` ${settings.theme}` : '',
    level,
    heading: settings.heading.trim() || words.Heading,
    summary: page.hasMore ? fill(words.LoadedSoFar, { n: formatNumber(lang, count) }) : countAndSize(words, lang, count, total(records)),
    toolbar: [toolbar],
    groups: types.map(group),
  });
}

/** A documented type's place before all others, and the nameless last. */
const place = type => (DOCUMENTED.includes(type) ? DOCUMENTED.indexOf(type) : type ? DOCUMENTED.length : Infinity);

/** The records, where every one is as our proxy writes it; its links are how it is known. */
function recordsOf(page) {
  const isText = value => value === undefined || value === null || typeof value === 'string';
  const isNumber = value => value === undefined || value === null || Number.isSafeInteger(value);
  const isClean = record =>
    record?.links?.view && record.links.download && record.fileId && typeof record.type === 'string' &&
    isText(record.filename) && isText(record.contentType) && isText(record.category) && isText(record.createdAt) && isNumber(record.fileSize);
  if (!Array.isArray(page?.files) || !page.files.every(isClean) || (page.count ?? page.files.length) !== page.files.length) return undefined;
  const known = value => value ?? undefined;
  return page.files.map(record => {
    const created = record.createdAt ? Date.parse(record.createdAt) : undefined;
    return { ...record, created, fileSize: known(record.fileSize), contentType: known(record.contentType) };
  });
}

/** What is not known comes last in either direction. By name the reader's language sorts, which the component knows. */
function order(word) {
  const sign = word[0] === '-' ? -1 : 1;
  const key = { created: 'created', size: 'fileSize' }[word.replace('-', '')];
  const value = record => (record[key] === undefined ? Infinity : sign * record[key]);
  return key && ((a, b) => (value(a) === value(b) ? 0 : value(a) - value(b)));
}

// The list before the WebAssembly is there, and every row of it afterwards: elements out of the description, what a row says, and the
// first page as a whole. It is one file, and the only one of which Rust calls anything: wasm-bindgen's test server may hang when a page asks for
// many scripts at once (`cargo xtask test` has a relay against that, a plain `cargo test` has not).
import { formatBytes, formatDate, formatNumber, pluralForm } from '../browser.js';
import DESCRIPTION from './description.js';
import KINDS from './kinds.js';

export * from '../browser.js';

// Elements out of description.js, which the proxy reads as well (crates/proxy/src/render/): all of it but its first two words is JSON.
// An element is
//   ["tag.name", { attribute: "text with {holes}" }, ...children]
// where the name is both class and part. A child is an element, a text with holes, or "*place": a list of elements that is handed
// in, followed by a comment of that name, before which later ones are put. An attribute with an empty hole is left out, and
// `a|button` is a button where it leads nowhere. No markup is parsed.

const HOLE = /\{(\w+)\}/g;

/** The text with its holes filled; undefined where a hole has nothing to be filled with. */
function filled(text, values) {
  let lacks = false;
  const result = text.replace(HOLE, (_, name) => values[name] ?? ((lacks = true), ''));
  return lacks ? undefined : result;
}

/**
 * Builds the element of this name in the description.
 *
 * @param {string} name
 * @param {object} values what fills the holes, and the elements for the places
 */
export const build = (name, values) => make(DESCRIPTION[name], values);

/** The first row that was built, to be cloned: most of a row is the same in all of them. */
let model;

/**
 * Builds a row.
 *
 * @param {object} values what fills the holes
 * @param {Element} [known] a row that is brought up to date and returned instead of a new one
 */
export function buildRow(values, known) {
  if (known) return make(DESCRIPTION.row, values, known);
  model ??= make(DESCRIPTION.row, values);
  return make(DESCRIPTION.row, values, model.cloneNode(true));
}

function make([tag, attributes, ...children], values, known) {
  const [kinds, name] = tag.split('.');
  const [link, button] = kinds.split('|');
  const isButton = button && filled(attributes.href, values) === undefined;
  const kind = isButton ? button : link;
  const isKnown = known?.localName === kind;
  const node = isKnown ? known : create(kind);
  if (!isKnown) {
    if (name) node.className = name;
    if (name) node.setAttribute('part', name);
    if (isButton) node.type = 'button';
  }
  for (const attribute in attributes) {
    // What has no hole it has from the beginning.
    if (isKnown && !attributes[attribute].includes('{')) continue;
    const value = filled(attributes[attribute], values);
    if (value === undefined) node.removeAttribute(attribute);
    else if (node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
  }
  if (isKnown) children.forEach((child, at) => renew(node, child, at, values));
  else node.append(...children.flatMap(child => made(child, values)));
  return node;
}

const create = kind =>
  kind === 'svg' || kind === 'path' ? document.createElementNS('http://www.w3.org/2000/svg', kind) : document.createElement(kind);

function made(child, values) {
  if (Array.isArray(child)) return make(child, values);
  if (child[0] !== '*') return filled(child, values) ?? '';
  const place = child.slice(1);
  return [...(values[place] ?? []), document.createComment(place)];
}

/** Brings a child of an element that is there already up to date: elements alone, or one text. */
function renew(node, child, at, values) {
  if (Array.isArray(child)) {
    const known = node.children[at];
    const now = make(child, values, known);
    if (!known) node.append(now);
    else if (now !== known) known.replaceWith(now);
  } else {
    const text = filled(child, values) ?? '';
    const { firstChild: only, lastChild } = node;
    // The text that is there is laid out again in less time than a new one. But others may have wrapped or split it: a translator, say.
    if (only?.nodeType === Node.TEXT_NODE && only === lastChild) {
      if (only.data !== text) only.data = text;
    } else node.textContent = text;
  }
}

// The interface's texts (src/text/mod.rs is the Rust side).

/** A text of a language's file; its key where the file lacks it. */
export const text = (words, key) => words[key] ?? key;

/** The text with its marks filled in. What is filled in is not looked through again. */
export const fill = (text, values) => text.replace(HOLE, (_, name) => values[name] ?? '');

/** The text with its one mark filled in. */
export const fillIn = (text, value) => text.replace(/\{\w+\}/, () => value);

/** A text about a part of a whole, `{n}` and `{total}`. */
export const part = (text, lang, n, total) => fill(text, { n: formatNumber(lang, n), total: formatNumber(lang, total) });

/** A text about a number of things, `{n}`, in its plural form. */
export function plural(text, lang, number) {
  const forms = text.split('|');
  return fill(forms[pluralForm(lang, number)] ?? forms.at(-1), { n: formatNumber(lang, number) });
}

/** `12 documents · 3.4 MB`; without a size where none is known. */
export function countAndSize(words, lang, count, bytes) {
  const documents = plural(text(words, 'Documents'), lang, count);
  return bytes ? `${documents} · ${formatBytes(lang, bytes)}` : documents;
}

const NAMED = { __proto__: null, contract: 'Contract', invoice: 'Invoice', document: 'Document', attachment: 'Attachment' };

/** The documented types, in the order in which their groups are shown. */
export const DOCUMENTED = Object.keys(NAMED);

/** The name of a document type's group. A type that is not documented speaks for itself. */
export function typeName(words, type) {
  const known = NAMED[type] ?? (type ? undefined : 'OtherType');
  return known ? text(words, known) : type.replace(/[_-]/g, ' ').replace(/^[a-z]/, letter => letter.toUpperCase());
}

// What a document's row says. The proxy's own is crates/proxy/src/render/row.rs; a portal test holds them equal.

/** The colour of the badge by ending and media type. */
const kindOf = Object.fromEntries(Object.entries(KINDS).flatMap(([kind, words]) => words.split(' ').map(word => [word, kind])));

/**
 * A document's row.
 *
 * @param {object} record `fileId`, `filename`, `category`, `contentType`, `fileSize`, `created` in milliseconds, and `links`; what is not known may be absent
 * @param {object} words the language's catalogue
 * @param {string} lang the language tag for sizes and dates
 * @param {Element} [known] a row that is brought up to date and returned instead of a new one
 */
export function row(record, words, lang, known) {
  const { fileId, filename, category, contentType, fileSize, created, links } = record;
  const name = filename || words.Unnamed;
  const ending = /.\.([a-z0-9]{1,5})$/i.exec(filename ?? '')?.[1].toLowerCase();
  const subtype = contentType?.split(/[/.+-]/).pop();
  const values = {
    id: fileId,
    kind: kindOf[contentType] ?? kindOf[ending] ?? (contentType?.startsWith('text/') ? 'text' : 'other'),
    ending: ending ?? (subtype?.length <= 4 ? subtype : 'file'),
    name,
    category: { generated: words.Generated, uploaded: words.Uploaded }[category],
    created: created === undefined ? undefined : new Date(created).toISOString(),
    date: created === undefined ? words.DateUnknown : formatDate(lang, created),
    size: fileSize === undefined ? words.SizeUnknown : formatBytes(lang, fileSize),
    view: links?.view,
    download: links?.download,
    preview: words.Preview,
    save: words.Download,
    previewOf: fill(words.PreviewOf, { name }),
    downloadOf: fill(words.DownloadOf, { name }),
  };
  return buildRow(values, known);
}

/** The same for Rust, which hands a record over field by field. */
export function rowOf(known, words, lang, fileId, filename, category, contentType, fileSize, created, view, download) {
  const links = view === undefined ? undefined : { view, download };
  return row({ fileId, filename, category, contentType, fileSize, created, links }, words, lang, known);
}

// What hosts hear of, as Rust says it.

/** A document; `created` is in milliseconds since the epoch. */
export const plain = (fileId, filename, type, category, contentType, fileSize, created, orderId) =>
  ({ fileId, filename, type, category, contentType, fileSize, createdAt: created === undefined ? created : new Date(created).toISOString(), orderId });

export const loadDetail = (count, bytes) => ({ count, bytes });
export const documentDetail = document => ({ document });
export const errorDetail = (code, status, retryable, message) => ({ code, status, retryable, message });

// The list as its first page shows it, before the WebAssembly is there. What is painted here the component takes over as it is
// (src/view/), so it is painted only where it would look the same: a page of our proxy's, whose records are clean, in groups by type.

const SORTS = { '-created': 'SortNewest', created: 'SortOldest', name: 'SortName', '-name': 'SortNameBack', '-size': 'SortLargest', size: 'SortSmallest' };

/**
 * The view of a first page, as far as there is room, and what adds the rest; or undefined where that is the component's to show.
 *
 * @param {object} page the answer of the proxy
 * @param {object} settings `heading`, `level`, `theme`, `groupBy`, `sort`
 * @param {object} words the language's catalogue
 * @param {string} lang the language tag for numbers and dates
 * @param {number} [room] how many rows are seen at once
 * @returns {{view: Element, rest: () => void} | undefined}
 */
export function first(page, settings, words, lang, room = Infinity) {
  const records = recordsOf(page);
  const compare = order(settings.sort);
  if (!records?.length || page.dropped || settings.groupBy !== 'type' || !compare) return undefined;

  const groups = new Map();
  for (const record of records) groups.set(record.type, [...(groups.get(record.type) ?? []), record]);
  const types = [...groups.keys()].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const total = bytes => bytes.reduce((sum, { fileSize }) => sum + (fileSize ?? 0), 0);
  const level = /^[1-6]$/.test(settings.level) ? settings.level : '2';

  // Sorting is stable: equals stay as the server has them.
  for (const records of groups.values()) records.sort(compare);
  const rowsOf = (type, from, to) => groups.get(type).slice(from, to).map(record => row(record, words, lang));
  const group = (type, rows) => {
    const name = typeName(words, type);
    const summary = countAndSize(words, lang, groups.get(type).length, total(groups.get(type)));
    const heading = build('heading', { level: Math.min(Number(level) + 1, 6), name, summary });
    return build('group', { name, key: `type ${type}`, heading: [heading], rows });
  };
  const shown = new Map();
  for (const type of types) {
    if (room <= 0) break;
    shown.set(type, group(type, rowsOf(type, 0, room)));
    room -= groups.get(type).length;
  }
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
  const view = build('view', {
    theme: settings.theme === 'light' || settings.theme === 'dark' ? ` ${settings.theme}` : '',
    level,
    heading: settings.heading.trim() || words.Heading,
    summary: page.hasMore ? fill(words.LoadedSoFar, { n: formatNumber(lang, count) }) : countAndSize(words, lang, count, total(records)),
    toolbar: [toolbar],
    groups: [...shown.values()],
  });
  // All of it is below what is seen. The last child is the place's comment.
  const rest = () => {
    for (const type of types) {
      const list = shown.get(type)?.querySelector('.rows');
      if (list) list.lastChild.before(...rowsOf(type, list.children.length));
      else view.querySelector('.list').lastChild.before(group(type, rowsOf(type, 0)));
    }
  };
  return { view, rest };
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

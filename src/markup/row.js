// What a document's row says. The proxy's own is crates/proxy/src/render/row.rs; a portal test holds them equal.
import { formatBytes, formatDate } from '../browser.js';
import { buildRow } from './build.js';
import { fill } from './words.js';
import KINDS from './kinds.js';

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

// The interface's texts as scripts use them; src/text/catalogue.rs does the same in Rust.
import { formatBytes, formatNumber, pluralForm } from '../browser.js';

/** The text with its marks filled in. What is filled in is not looked through again. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');

/** A text about a number of things, `{n}`, in its plural form. */
export function plural(text, lang, number) {
  const forms = text.split('|');
  return fill(forms[pluralForm(lang, number)] ?? forms.at(-1), { n: formatNumber(lang, number) });
}

/** `12 documents · 3.4 MB`; without a size where none is known. */
export function countAndSize(words, lang, count, bytes) {
  const documents = plural(words.Documents, lang, count);
  return bytes ? `${documents} · ${formatBytes(lang, bytes)}` : documents;
}

const NAMED = { contract: 'Contract', invoice: 'Invoice', document: 'Document', attachment: 'Attachment' };

/** The documented types, in the order in which their groups are shown. */
export const DOCUMENTED = Object.keys(NAMED);

/** The name of a document type's group. A type that is not documented speaks for itself. */
export function typeName(words, type) {
  const known = NAMED[type] ?? (type ? undefined : 'OtherType');
  return known ? words[known] : type.replace(/[_-]/g, ' ').replace(/^[a-z]/, letter => letter.toUpperCase());
}

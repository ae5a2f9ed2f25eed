// What the browser does better than we could: languages, above all. Lists travel as one string with a line for each name, since a
// name is always one line and crossing into WebAssembly ten thousand times is not free.

import { date, formsOf, number, size } from './forms.js';

const formats = new Map();

/** Makes an Intl object once for each language and use. A language tag that is none means the reader's own. */
function intl(lang, use, make) {
  const key = `${use} ${lang}`;
  let format = formats.get(key);
  if (!format) {
    let locales;
    try {
      locales = Intl.getCanonicalLocales(lang || navigator.language);
    } catch {
      locales = undefined;
    }
    formats.set(key, (format = make(locales)));
  }
  return format;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** `1.2 MB`, in powers of 1000 as CLDR defines its units. */
export function formatBytes(lang, bytes) {
  let unit = 0;
  // 999.5 kB would be rounded to 1,000 kB.
  while (bytes >= 999.5 && unit < UNITS.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  const forms = formsOf(lang);
  if (forms && bytes < 999.5) return size(forms, bytes, unit);
  const style = { style: 'unit', unit: UNITS[unit], unitDisplay: unit ? 'short' : 'long', maximumSignificantDigits: 3 };
  return intl(lang, unit, locales => new Intl.NumberFormat(locales, style)).format(bytes);
}

/** `3 Nov 2026`, in the reader's time zone. */
export function formatDate(lang, millis) {
  const forms = formsOf(lang);
  return (forms && date(forms, millis)) ?? intl(lang, 'date', locales => new Intl.DateTimeFormat(locales, { dateStyle: 'medium' })).format(millis);
}

export function formatNumber(lang, count) {
  const forms = formsOf(lang);
  return forms ? number(forms, count) : intl(lang, 'number', locales => new Intl.NumberFormat(locales)).format(count);
}

/** Which of a language's plural forms, counted from 0 in the order zero, one, two, few, many, other. */
export function pluralForm(lang, number) {
  const known = formsOf(lang);
  if (known) return known.form(number);
  const rules = intl(lang, 'plural', locales => new Intl.PluralRules(locales));
  const order = ['zero', 'one', 'two', 'few', 'many', 'other'];
  const forms = order.filter(form => rules.resolvedOptions().pluralCategories.includes(form));
  return forms.indexOf(rules.select(number));
}

/** How long a slice of sorting may take, in milliseconds: short enough that whoever types meanwhile is answered in the same frame. */
const SLICE = 6;

const turn = () => new Promise(resolve => setTimeout(resolve));

/** Puts more names, a line each, behind those that are there, and waits for a turn. */
export function gather(names, lines) {
  for (const line of lines.split('\n')) names.push(line);
  return turn();
}

/**
 * Each name's place when they are sorted as the language sorts, numbers by their value. Sorted runs are merged until there is one, and
 * whatever else there is to do comes in between.
 */
export async function rank(lang, names) {
  const { compare } = intl(lang, 'collator', locales => new Intl.Collator(locales, { numeric: true }));
  const count = names.length;
  let [from, to] = [Uint32Array.from(names, (_, index) => index), new Uint32Array(count)];
  let begun = performance.now();
  for (let width = 1; width < count; width *= 2, [from, to] = [to, from]) {
    for (let at = 0, left, right, middle, end; at < count; at += 1) {
      if (at % (2 * width) === 0) {
        [left, middle, end] = [at, Math.min(at + width, count), Math.min(at + 2 * width, count)];
        right = middle;
      }
      const isLeft = left < middle && (right === end || compare(names[from[left]], names[from[right]]) <= 0);
      to[at] = from[isLeft ? left++ : right++];
      if (at % 256 === 0 && performance.now() - begun > SLICE) {
        await turn();
        begun = performance.now();
      }
    }
  }
  from.forEach((index, place) => (to[index] = place));
  return to;
}

/** The text as searching compares it: without case, accents and compatibility forms. */
export function fold(text) {
  // Most names have neither accents nor forms, and looking for them takes long.
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase();
}

/** Whether the browser shows a PDF inside a page; phones open one in a tab of its own. */
export function pdfViewerEnabled() {
  return navigator.pdfViewerEnabled === true;
}

// What the browser does better than we could: languages, above all. Lists travel as one string with a line for each name, since a
// name is always one line and crossing into WebAssembly ten thousand times is not free.

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
  const style = { style: 'unit', unit: UNITS[unit], unitDisplay: unit ? 'short' : 'long', maximumSignificantDigits: 3 };
  return intl(lang, unit, locales => new Intl.NumberFormat(locales, style)).format(bytes);
}

/** `3 Nov 2026`, in the reader's time zone. */
export function formatDate(lang, millis) {
  return intl(lang, 'date', locales => new Intl.DateTimeFormat(locales, { dateStyle: 'medium' })).format(millis);
}

export function formatNumber(lang, number) {
  return intl(lang, 'number', locales => new Intl.NumberFormat(locales)).format(number);
}

/** Which of a language's plural forms, counted from 0 in the order zero, one, two, few, many, other. */
export function pluralForm(lang, number) {
  const rules = intl(lang, 'plural', locales => new Intl.PluralRules(locales));
  const order = ['zero', 'one', 'two', 'few', 'many', 'other'];
  const forms = order.filter(form => rules.resolvedOptions().pluralCategories.includes(form));
  return forms.indexOf(rules.select(number));
}

/** Each name's place when they are sorted as the language sorts, numbers by their value. */
export function rank(lang, lines) {
  const names = lines.split('\n');
  const collator = intl(lang, 'collator', locales => new Intl.Collator(locales, { numeric: true }));
  const order = Uint32Array.from(names, (_, index) => index).sort((a, b) => collator.compare(names[a], names[b]) || a - b);
  const ranks = new Uint32Array(names.length);
  order.forEach((index, place) => (ranks[index] = place));
  return ranks;
}

/** The text as searching compares it: without case, accents and compatibility forms. */
export function fold(text) {
  return text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase();
}

/** Whether the browser shows a PDF inside a page; phones open one in a tab of its own. */
export function pdfViewerEnabled() {
  return navigator.pdfViewerEnabled === true;
}

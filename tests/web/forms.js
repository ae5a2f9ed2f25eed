// What the scripts write by themselves, beside the browser's own Intl.
import { formatBytes, formatDate, formatNumber, pluralForm } from '../../src/browser.js';

const WHOLE = [0, 1, 2, 5, 999, 1000, 1234, 9999, 12_345, 999_999, 1_000_000, 1_000_001, 2_000_000, 1_234_567_890];
const BYTES = [0, 1, 2, 999, 1000, 1004, 1005, 1015, 1500, 9995, 99_949, 99_950, 100_000, 999_499, 999_500, 1_005_000, 12_345_678, 9_994_999_999, 5e12, 999_499_999_999_999, 9_007_199_254_740_991];
const HOUR = 3_600_000;

/** Where a language is written otherwise than Intl writes it; empty where nowhere. */
export function differences(lang) {
  const found = [];
  const compare = (what, ours, theirs) => {
    if (ours !== theirs) found.push(`${what}: ${JSON.stringify(ours)} is ${JSON.stringify(theirs)}`);
  };
  const numbers = new Intl.NumberFormat(lang);
  const rules = new Intl.PluralRules(lang);
  const forms = ['zero', 'one', 'two', 'few', 'many', 'other'].filter(form => rules.resolvedOptions().pluralCategories.includes(form));
  for (const number of WHOLE) {
    compare(number, formatNumber(lang, number), numbers.format(number));
    compare(`the form of ${number}`, forms[pluralForm(lang, number)], rules.select(number));
  }

  // Besides those above, every step of a third from a byte up to the largest number that is exact.
  const steps = Array.from({ length: 120 }, (_, step) => Math.floor(1.36 ** step)).filter(Number.isSafeInteger);
  for (const bytes of [...BYTES, ...steps]) {
    let [value, unit] = [bytes, 0];
    for (; value >= 999.5 && unit < 4; unit += 1) value /= 1000;
    const style = { style: 'unit', unit: ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'][unit], unitDisplay: unit ? 'short' : 'long' };
    compare(`${bytes} bytes`, formatBytes(lang, bytes), new Intl.NumberFormat(lang, { ...style, maximumSignificantDigits: 3 }).format(value));
  }

  const dates = new Intl.DateTimeFormat(lang, { dateStyle: 'medium' });
  // Some hours more than 5 days, so that every month and every hour of a day is among them, from before the epoch until years have five digits.
  for (let at = Date.UTC(1969, 0); at < Date.UTC(1980, 0); at += 127 * HOUR) compare(at, formatDate(lang, at), dates.format(at));
  for (const year of [1, 1582, 1899, 1900, 2026, 9999, 10_000]) {
    const at = new Date(Date.UTC(2000, 5, 15)).setUTCFullYear(year);
    compare(`the year ${year}`, formatDate(lang, at), dates.format(at));
  }
  return found.join('\n');
}

/** Whether writing all of it asks for no Intl object. */
export function isWithoutIntl(lang) {
  const { Intl } = globalThis;
  globalThis.Intl = undefined;
  try {
    return [formatNumber(lang, 1234), formatBytes(lang, 0), formatBytes(lang, 1234), formatDate(lang, 0), pluralForm(lang, 2)].every(it => it !== undefined);
  } catch {
    return false;
  } finally {
    globalThis.Intl = Intl;
  }
}

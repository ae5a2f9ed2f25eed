// Numbers, sizes and dates as the browser's own Intl writes them, in the languages that we have texts in and there at large. The first Intl
// object of a process takes it 15 ms, on a slow phone 60, and on a second visit that is when the list could be shown. Every other language
// and region is Intl's (browser.js), and a test holds these against it.

const form = number => (number === 1 ? 0 : 1);
const millions = number => (number && number % 1e6 === 0 ? 1 : 2);
const SI = [' kB', ' MB', ' GB', ' TB'];
const dayFirst = (y, m, d) => `${d} ${m} ${y}`;

/** By language: its main region, its marks, from how many digits on there are groups, its units, and its dates. */
const LANGUAGES = {
  __proto__: null,
  en: {
    region: 'US', group: ',', decimal: '.', from: 4, bytes: [' byte', ' bytes'], units: SI, form,
    months: 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec', date: (y, m, d) => `${m} ${d}, ${y}`,
  },
  de: {
    region: 'DE', group: '.', decimal: ',', from: 4, bytes: ['\xa0Byte', ' Byte'], units: [' kB', ' MB', '\xa0GB', ' TB'], form,
    months: '01 02 03 04 05 06 07 08 09 10 11 12', date: (y, m, d) => `${String(d).padStart(2, '0')}.${m}.${y}`,
  },
  es: {
    region: 'ES', group: '.', decimal: ',', from: 5, bytes: [' byte', ' bytes', ' bytes'], units: SI,
    form: number => (number === 1 ? 0 : millions(number)),
    months: 'ene feb mar abr may jun jul ago sept oct nov dic', date: dayFirst,
  },
  fr: {
    region: 'FR', group: '\u202f', decimal: ',', from: 4, bytes: ['\xa0octet', '\xa0octets', '\xa0octets'],
    units: ['\u202fko', '\u202fMo', '\u202fGo', '\u202fTo'], form: number => (number < 2 ? 0 : millions(number)),
    months: 'janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.', date: dayFirst,
  },
};

/** The forms of a language tag, the reader's own where it is empty; undefined where they are Intl's to know. */
export function formsOf(tag) {
  const [language, region, ...more] = (tag || navigator.language).split('-');
  const forms = LANGUAGES[language];
  return forms && (region === undefined || region === forms.region) && !more.length ? forms : undefined;
}

/** A whole number. */
export function number({ group, from }, number) {
  const digits = String(number);
  return digits.length < from ? digits : digits.replace(/\B(?=(\d{3})+$)/g, group);
}

/** A size of fewer than 1000 of its unit, which is counted from 0: three digits that count. */
export function size({ decimal, form, bytes, units }, value, unit) {
  if (!unit) return value + bytes[form(value)];
  const decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  // Of what is written the half is rounded up, as Intl does; in binary 1.005 is less than it says.
  const rounded = Math.round(Number(`${value}e${decimals}`)) / 10 ** decimals;
  return String(rounded).replace('.', decimal) + units[unit - 1];
}

/** A date in the reader's time zone; undefined before 1900, when clocks went by the sun, and from 10,000 on. */
export function date({ months, date }, millis) {
  const moment = new Date(millis);
  const year = moment.getFullYear();
  return year > 1899 && year < 10_000 ? date(year, months.split(' ')[moment.getMonth()], moment.getDate()) : undefined;
}

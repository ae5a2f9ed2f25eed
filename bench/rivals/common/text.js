// What the rivals say, in the browser's own formats.

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

/** A format takes milliseconds to make, on a phone tens of them: made once, and not before the page's frame is painted. */
const once = make => {
  let made;
  return () => (made ??= make());
};
const date = once(() => new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }));
const number = once(() => new Intl.NumberFormat());
const sizes = UNITS.map((unit, power) =>
  once(() => new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: power ? 'short' : 'long', maximumSignificantDigits: 3 })),
);

/** Makes what rows will need, while the list is on its way. */
export const prepare = () => [date, number, sizes[1], sizes[2]].forEach(format => format());

export const formatDate = time => date().format(time);

export function formatSize(bytes) {
  let power = 0;
  for (; bytes >= 999.5 && power < UNITS.length - 1; power += 1) bytes /= 1000;
  return sizes[power]().format(bytes);
}

/** How many documents and how large. */
export const summary = (count, bytes) => `${number().format(count)} ${count === 1 ? 'document' : 'documents'} · ${formatSize(bytes)}`;

/** The summary of the whole list; while it loads, how far it is. */
export const progress = (shelf, isAll) =>
  isAll ? summary(shelf.count, shelf.bytes) : shelf.count ? `${number().format(shelf.count)} loaded so far` : '';

export const CATEGORY = { generated: 'Generated', uploaded: 'Uploaded' };

export const SORTS = [
  ['-created', 'Newest first'],
  ['name', 'Name, A to Z'],
  ['-size', 'Largest first'],
];

export const EYE = 'M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12Zm10 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z';
export const DOWNLOAD = 'M12 3v12m0 0 5-5m-5 5-5-5M4 20h16';
export const SEARCH = 'M20 20l-4.5-4.5M17.5 10.5a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z';

const BADGES = { pdf: 'pdf', png: 'image', jpg: 'image', csv: 'table', xlsx: 'table', txt: 'text', docx: 'text' };

/** The ending, which the badge shows, and the badge's class. */
export function badge({ filename }) {
  const ending = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
  return { ending, class: `badge badge-${BADGES[ending] ?? 'other'}` };
}

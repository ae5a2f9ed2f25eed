// Searching, sorting and grouping, with everything that does not depend on what is typed made beforehand. The measuring side uses it, too: it
// tells which document must stand first.

const TYPES = ['contract', 'invoice', 'document', 'attachment'];
const TITLES = { contract: 'Contracts', invoice: 'Invoices', document: 'Documents', attachment: 'Attachments' };
let collator;

/** The sort keys, as the select's options name them, and how two documents compare by each. */
const COMPARE = {
  '-created': (one, other) => other.time - one.time,
  name: (one, other) => (collator ??= new Intl.Collator(undefined, { numeric: true })).compare(one.filename, other.filename),
  '-size': (one, other) => other.fileSize - one.fileSize,
};
/** Comparing names takes longest: they are sorted when nothing more has come for so long, and only where they are not too many, as ours are. */
const QUIET_MILLIS = 400;
const SORTED_AHEAD = 20_000;
let ahead;

/** A text as searching compares it. */
export const fold = text => text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase();

/** A record with what is needed again and again. */
export const toDocument = record => ({ ...record, time: Date.parse(record.createdAt), folded: fold(record.filename) });

/** Documents, kept sorted by date and size while they arrive and by name soon after, so that nobody waits for it later. */
export class Shelf {
  #sorted = { '-created': [], '-size': [] };
  #names;
  count = 0;
  bytes = 0;

  /** A shelf with more documents; this one stays as it is, which tells frameworks that something has changed. */
  with(documents) {
    const more = new Shelf();
    more.count = this.count + documents.length;
    more.bytes = documents.reduce((sum, document) => sum + document.fileSize, this.bytes);
    for (const sort in more.#sorted) more.#sorted[sort] = merged(this.#sorted[sort], documents.toSorted(COMPARE[sort]), COMPARE[sort]);
    clearTimeout(ahead);
    if (more.count <= SORTED_AHEAD) ahead = setTimeout(() => more.#by('name'), QUIET_MILLIS);
    return more;
  }

  #by(sort) {
    return this.#sorted[sort] ?? (this.#names ??= this.#sorted['-created'].toSorted(COMPARE[sort]));
  }

  /** The groups that hold what is searched for, in the order shown; none is empty. */
  arrange(query, sort) {
    const words = fold(query).split(/\s+/).filter(Boolean);
    const groups = TYPES.map(type => ({ type, title: TITLES[type], rows: [], bytes: 0 }));
    const of = Object.fromEntries(groups.map(group => [group.type, group]));
    for (const document of this.#by(sort)) {
      if (words.every(word => document.folded.includes(word))) {
        const group = of[document.type];
        group.rows.push(document);
        group.bytes += document.fileSize;
      }
    }
    return groups.filter(group => group.rows.length);
  }
}

/** A long sorted list with a short one put in: each place is looked for by halves, since comparing names is what takes long. */
function merged(long, short, compare) {
  const all = [];
  let from = 0;
  for (const one of short) {
    let [low, high] = [from, long.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(long[middle], one) <= 0) low = middle + 1;
      else high = middle;
    }
    while (from < low) all.push(long[from++]);
    all.push(one);
  }
  while (from < long.length) all.push(long[from++]);
  return all;
}

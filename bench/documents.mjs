// The documents of an order, always the same ones: `ord_<n>` has n of them.

const WORDS = {
  contract: ['Rahmenvertrag', 'Service agreement', 'Lease', 'Maintenance contract', 'Contrat de location', 'NDA'],
  invoice: ['Invoice', 'Rechnung', 'Credit note', 'Facture', 'Reminder'],
  document: ['Delivery note', 'Site plan', 'Protocol', 'Certificate', 'Manual', 'Inspection report'],
  attachment: ['Photo', 'Scan', 'Drawing', 'Spreadsheet', 'Notes'],
};
const PARTIES = ['Müller GmbH', 'Acme', 'Zeta Works', 'Björk & Søn', 'Nordwind AG', 'Café Central', 'Lopez', 'Okonkwo', 'Tanaka', 'Quartz', 'Ирина'];
const ENDINGS = {
  contract: ['pdf'],
  invoice: ['pdf'],
  document: ['pdf', 'docx', 'txt'],
  attachment: ['png', 'jpg', 'xlsx', 'csv'],
};
const MEDIA = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  csv: 'text/csv',
  txt: 'text/plain',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
};
const TYPES = Object.keys(WORDS);
const MINUTE = 60_000;

/** Numbers that look random and are not (mulberry32). */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many documents an order has; 0 for what is no order. */
export const countOf = order => Number(/^ord_(\d{1,6})$/.exec(order)?.[1] ?? 0);

const known = new Map();

/** All records of an order, as our proxy answers them. */
export function documents(order) {
  let records = known.get(order);
  if (!records) known.set(order, (records = make(order)));
  return records;
}

function make(order) {
  const next = random(20_250_301);
  const pick = list => list[Math.floor(next() * list.length)];
  const newest = Date.UTC(2026, 10, 1);
  return Array.from({ length: countOf(order) }, (_, index) => {
    const type = pick(TYPES);
    const ending = pick(ENDINGS[type]);
    const fileId = `file_${String(index).padStart(6, '0')}`;
    const links = `/api/v1/files/${fileId}`;
    const place = `?orderId=${order}&offset=${index - (index % 100)}`;
    return {
      fileId,
      orderId: order,
      type,
      category: next() < 0.7 ? 'generated' : 'uploaded',
      filename: `${pick(WORDS[type])} ${2020 + Math.floor(next() * 7)}-${1 + Math.floor(next() * 9999)} ${pick(PARTIES)}.${ending}`,
      contentType: MEDIA[ending],
      fileSize: Math.floor(2_000 * 4000 ** next()),
      createdAt: new Date(newest - index * 37 * MINUTE - Math.floor(next() * 30 * MINUTE)).toISOString(),
      links: { view: `${links}/view${place}`, download: `${links}/download${place}` },
    };
  });
}

/** A page of an order's list. Like our proxy it tells whether more follows, not how many there are in all. */
export function pageOf(order, limit, offset) {
  const files = documents(order).slice(offset, offset + limit);
  const hasMore = offset + files.length < countOf(order);
  return { files, count: files.length, limit, offset, hasMore };
}

/** The same page as FlexPortal's own answer, with what our proxy does not let through. */
export function upstreamPageOf(order, limit, offset) {
  const { files, ...page } = pageOf(order, limit, offset);
  const internal = { tenantId: 'tenant_bench', customerId: 'cust_bench', storagePath: 'x/y', uploadedBy: 'user_1', metadata: {} };
  return { ...page, files: files.map(({ links, ...record }) => ({ ...record, ...internal })) };
}

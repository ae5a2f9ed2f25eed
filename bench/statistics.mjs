// Medians with their spread, and ratios of medians.

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three digits that mean something, and whole numbers as they are. */
export function short(value) {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** `12.3 (11.0–14.1)`, or one number where all are the same. */
export function spread(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? short(least) : `${short(median(values))} (${short(least)}–${short(most)})`;
}

/** All values of a figure over a rival's runs; undefined where it was not measured. */
export function values(runs, figure) {
  const all = (runs ?? []).flatMap(run => run[figure] ?? []);
  return all.length ? all : undefined;
}

export function report(facts, results) {
  let out = '';
  for (const [s, rivals] of Object.entries(results)) for (const [r, runs] of Object.entries(rivals)) {
    const m = {};
    for (const run of runs) for (const [k, v] of Object.entries(run)) (m[k] ??= []).push(...[v].flat());
    out += `${s} ${r} ` + Object.entries(m).map(([k, v]) => typeof v[0] === 'number' ? `${k} ${v.sort((a, b) => a - b)[v.length >> 1].toFixed(2)} (${v[0].toFixed(1)}–${v.at(-1).toFixed(1)})` : `${k} ${JSON.stringify(v[0])}`).join('; ') + '\n';
  }
  return out;
}

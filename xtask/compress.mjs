// Writes FILE.br (quality 11) and FILE.gz (level 9) beside every file of the directory that is named, so that no server has to.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const directory = process.argv[2];
const names = readdirSync(directory, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && !/\.(br|gz)$/.test(entry.name))
  .map(entry => join(entry.parentPath ?? entry.path, entry.name))
  .sort();

for (const name of names) {
  const bytes = readFileSync(name);
  const { BROTLI_MODE_GENERIC, BROTLI_MODE_TEXT, BROTLI_PARAM_LGWIN, BROTLI_PARAM_MODE, BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = {
    [BROTLI_PARAM_QUALITY]: 11,
    [BROTLI_PARAM_LGWIN]: 22,
    [BROTLI_PARAM_MODE]: name.endsWith('.wasm') ? BROTLI_MODE_GENERIC : BROTLI_MODE_TEXT,
    [BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(`${name}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${name}.gz`, gzipSync(bytes, { level: 9 }));
}

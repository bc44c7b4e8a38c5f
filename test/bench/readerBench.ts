/**
 * How fast the corpus reader is: tokens a second and peak memory on a generated file of 100 MB in a temporary folder.
 *
 *   npm run bench:reader -- [megabytes] [word|character]
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCorpus } from '../../src/corpus/corpus.ts';
import { seededUniform } from '../../src/corpus/grammar/sampler.ts';

const megabytes = Number(process.argv[2] ?? 100);
const unit = process.argv[3] === 'character' ? 'character' : 'word';

/** Lines of about 20 words out of 200,000, by Zipf's law, some of them not ASCII. */
async function writeText(path: string): Promise<void> {
  const uniform = seededUniform(7);
  const words = Array.from(
    { length: 200_000 },
    (_, rank) => `${rank % 50 === 49 ? 'é' : ''}${((rank + 11) * 7919).toString(26)}`,
  );
  const file = createWriteStream(path);
  for (let written = 0; written < megabytes * 1e6;) {
    const lines: string[] = [];
    for (let line = 0; line < 2000; line++) {
      const length = 5 + Math.floor(uniform() * 30);
      lines.push(Array.from({ length }, () => words[Math.floor(words.length ** uniform()) - 1] ?? 'a').join(' '));
    }
    const text = lines.join('\n') + '\n';
    written += Buffer.byteLength(text);
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

const folder = await mkdtemp(join(tmpdir(), 'seqlab-reader-'));
try {
  const path = join(folder, 'text.txt');
  await writeText(path);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const corpus = await loadCorpus({ kind: 'file', path, unit, vocabularySize: 10_000 });
  const seconds = (performance.now() - start) / 1000;
  const tokens = Object.values(corpus.splits).reduce((sum, ids) => sum + ids.length, 0);
  console.log(`${megabytes} MB, unit ${unit}: ${tokens} tokens, vocabulary ${corpus.vocabulary.size}`);
  console.log(
    `reading ${(corpus.tokensReadPerSecond / 1e6).toFixed(1)} million tokens/s, with vocabulary and mapping ${(tokens / seconds / 1e6).toFixed(1)}`,
  );
  console.log(
    `resident: ${Math.round(before / 1e6)} MB before, ${Math.round(process.resourceUsage().maxRSS / 1e3)} MB at the peak`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

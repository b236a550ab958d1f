// Fails when the built page outgrows its budgets; sizes are gzipped, in KB.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = { firstScript: 260, styles: 45, lazyPart: 200, allFiles: 4096 };
const folder = new URL('../../static/', import.meta.url);
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
  .map((entry) => `${entry.parentPath}/${entry.name}`);
const packed = (path) => gzipSync(readFileSync(path)).length / 1024;
const named = (part) => files.find((path) => path.endsWith(part));

/** The page's scripts and everything they import before the first screen shows. */
function firstScripts() {
  const html = readFileSync(new URL('index.html', folder), 'utf8');
  const found = new Set();
  const queue = [...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1]);
  while (queue.length > 0) {
    const name = queue.pop().split('/').pop();
    const path = named(name);
    if (found.has(path)) continue;
    found.add(path);
    const imports = readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g);
    queue.push(...[...imports].map((match) => match[1]));
  }
  // What the first screen loads at once: language, frame and search.
  for (const part of ['zh-CN-', 'Shell-', 'SearchPage-']) {
    const path = files.find((one) => one.includes(`/${part}`) && one.endsWith('.js'));
    const more = [path];
    while (more.length > 0) {
      const next = more.pop();
      if (!next || found.has(next)) continue;
      found.add(next);
      const imports = readFileSync(next, 'utf8').matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g);
      more.push(...[...imports].map((match) => named(match[1])));
    }
  }
  return [...found];
}

const sum = (paths) => paths.reduce((total, path) => total + packed(path), 0);
const first = firstScripts();
const scripts = files.filter((path) => path.endsWith('.js'));
const figures = {
  firstScript: sum(first),
  styles: sum(files.filter((path) => path.endsWith('.css'))),
  lazyPart: Math.max(...scripts.filter((path) => !first.includes(path)).map(packed)),
  allFiles: files.reduce((total, path) => total + readFileSync(path).length / 1024, 0),
};
let over = false;
for (const [name, figure] of Object.entries(figures)) {
  over ||= figure > BUDGET[name];
  console.log(`${name}: ${figure.toFixed(1)} KB of ${BUDGET[name]} KB`);
}
process.exit(over ? 1 : 0);

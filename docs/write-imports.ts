import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const PAGE = new URL('./architecture.md', import.meta.url);
const PICTURE = /```mermaid\nflowchart BT\n[^]*?```/;

/** `docs/architecture.md`, with a picture of today's imports between the folders. */
export function architecturePage(): string {
  const arrows = importsBetweenFolders().map(([from, to]) => `  ${from}-->${to}`);
  const picture = ['```mermaid', 'flowchart BT', ...arrows, '```'].join('\n');
  return readFileSync(PAGE, 'utf8').replace(PICTURE, picture);
}

/** Which folder of the product imports from which other, types included, in alphabetical order. */
export function importsBetweenFolders(): [from: string, to: string][] {
  const files = globSync('{cdk,cli,emulators,functions,n8n-node,release,shared,voice-folder}/**/*.{ts,mjs}', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**'],
  });
  const arrows = files.flatMap((file) => {
    const [from = ''] = file.split('/');
    const imports = readFileSync(`${root}${file}`, 'utf8').matchAll(/(?:from|import\(|import) ?'(\.[^']+)'/g);
    return Array.from(imports, ([, path = '']) => {
      const [to = ''] = new URL(path, `file:///${file}`).pathname.slice(1).split('/');
      return `${from} ${to}`;
    });
  });
  return [...new Set(arrows)]
    .toSorted()
    .map((arrow) => arrow.split(' ') as [string, string])
    .filter(([from, to]) => from !== to);
}

if (import.meta.main) writeFileSync(PAGE, architecturePage());

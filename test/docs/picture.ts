import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { localAwsVariables } from '../../emulators/aws.ts';
import { startLocalPipeline } from '../../cli/local/pipeline.ts';

/*
 * Draws docs/images/drop.svg: what a terminal shows while the example folder is checked and dropped. Run it again when
 * that has changed: node test/docs/picture.ts
 */

const ESCAPE = '\u001b[';
const LINE = 20;
const COLUMN = 8.4;
const styles: Record<string, string> = {
  '1': 'font-weight="bold" fill="#ffffff"',
  '2': 'fill="#8a8a8a"',
  '31': 'fill="#f14c4c"',
  '32': 'fill="#23d18b"',
  '33': 'fill="#e5e510"',
  '36': 'fill="#29b8db"',
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'picture-'));
const pipeline = await startLocalPipeline({ port: 0, environment: { SETTLE_SECONDS: '1' } });
try {
  cpSync(join(root, 'examples/voices/amelia'), join(home, 'amelia'), { recursive: true });
  const lines = [];
  for (const command of ['check amelia', `drop amelia s3://${pipeline.bucket}`]) {
    lines.push(`${ESCAPE}1m$ callers-voice-clone ${command}${ESCAPE}22m`, ...(await outputOf(command)), '');
  }
  writeFileSync(join(root, 'docs/images/drop.svg'), svg(lines.slice(0, -1)));
} finally {
  await pipeline.close();
  rmSync(home, { recursive: true });
}

/** Both streams, in the order in which they were written. */
function outputOf(command: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const run = `'${process.execPath}' '${join(root, 'cli/main.ts')}' ${command} 2>&1`;
    const env = {
      FORCE_COLOR: '1',
      ...localAwsVariables,
      AWS_ENDPOINT_URL_S3: pipeline.endpoint,
    };
    execFile('sh', ['-c', run], { cwd: home, env }, (error, text) => {
      if (error) reject(error);
      else resolve(asOnTerminal(text.trimEnd().split('\n')));
    });
  });
}

/** Pads the cells of a listing, which a pipe gets with tabs. */
function asOnTerminal(lines: readonly string[]): string[] {
  const cells = lines.map((line) => line.split('\t'));
  const listing = cells.filter(({ length }) => length > 1);
  const width = (cell = '') => stripVTControlCharacters(cell).length;
  const widthOf = (column: number) => Math.max(...listing.map((row) => width(row[column])));
  return cells.map((row) =>
    row.length === 1
      ? row.join('')
      : row
          .map((cell, column) => cell + ' '.repeat(widthOf(column) - width(cell)))
          .join('  ')
          .trimEnd(),
  );
}

function svg(lines: readonly string[]): string {
  const width = 24 + COLUMN * Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const height = 24 + LINE * lines.length;
  const texts = lines.map((line, index) => `<text x="12" y="${26 + LINE * index}">${spans(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" fill="#d4d4d4" xml:space="preserve">
<rect width="100%" height="100%" rx="8" fill="#1e1e1e"/>
${texts.join('\n')}
</svg>
`;
}

function spans(line: string): string {
  const [plain = '', ...styled] = line.split(ESCAPE);
  const texts = styled.map((piece) => {
    const [, style = '', text = ''] = /^(\d+)m(.*)$/.exec(piece) ?? [];
    return text === '' || !styles[style] ? escaped(text) : `<tspan ${styles[style]}>${escaped(text)}</tspan>`;
  });
  return [escaped(plain), ...texts].join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

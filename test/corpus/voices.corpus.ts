import { globSync, readdirSync, statSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { checkFolder } from '../../cli/check/check-folder.ts';
import { programs } from '../support/debian.ts';
import { debianFolder } from './corpora.ts';

/** This many recordings of each voice: the largest files. */
const TAKES = 12;

/** People who recorded words, sentences and play for programs of Debian, each a folder of takes. */
function voices(): Map<string, string[]> {
  const root = debianFolder();
  const places = {
    klettres: 'klettres-data/usr/share/klettres',
    ktuberling: 'ktuberling-data/usr/share/ktuberling/sounds',
    hedgewars: 'hedgewars-data/usr/share/games/hedgewars/Data/Sounds/voices',
  };
  const found = new Map<string, string[]>();
  for (const [program, place] of Object.entries(places)) {
    for (const name of readdirSync(join(root, place))) {
      // A robot is no human, and the variants of Serbian are the same files.
      if (name === 'Robot' || name.includes('@')) continue;
      found.set(`${program} ${name}`, takesIn(join(root, place, name)));
    }
  }
  const fish = takesIn(join(root, 'fillets-ng-data-cs/usr/share/games/fillets-ng/sound'), Infinity);
  for (const speaker of ['-m-', '-v-']) {
    found.set(`fillets ${speaker}`, fish.filter((path) => basename(path).includes(speaker)).slice(0, TAKES));
  }
  found.set(
    'librivox',
    takesIn(join(root, 'pocketsphinx-testdata/usr/share/pocketsphinx/test/data/librivox')),
  );
  for (const language of ['en', 'ru']) {
    const place = `asterisk-core-sounds-${language}-wav/usr/share/asterisk/sounds`;
    found.set(`asterisk ${language}`, takesIn(join(root, place)));
  }
  return new Map([...found].filter(([, takes]) => takes.length > 2));
}

function takesIn(folder: string, count = TAKES): string[] {
  return globSync('**/*.{ogg,wav}', { cwd: folder })
    .map((name) => join(folder, name))
    .toSorted((a, b) => statSync(b).size - statSync(a).size)
    .slice(0, count);
}

it('voices that people recorded well enough for others get no warnings, but for telephones', async () => {
  programs('ffmpeg');
  const said = new Map<string, string[]>();
  for (const [voice, takes] of voices()) {
    const folder = await mkdtemp(join(tmpdir(), 'voice-'));
    await Promise.all(takes.map((take, index) => cp(take, join(folder, `${index}-${basename(take)}`))));
    await writeFile(join(folder, 'manifest.json'), '{ "name": "A voice" }');
    const { problems, samples, isHeard } = await checkFolder(folder);
    await rm(folder, { recursive: true });
    expect([isHeard, samples.length]).toEqual([true, takes.length]);
    // A duplicate take is no fault of the recording.
    const codes = problems.flatMap(({ code }) => code ?? []);
    said.set(voice, [...new Set(codes)].toSorted());
  }
  const telephone = [...said].filter(([, codes]) => codes.includes('TELEPHONE'));
  const others = [...said].filter(([, codes]) => !codes.includes('TELEPHONE'));
  const good = others.filter(([, codes]) => codes.length === 0);
  const warned = others
    .filter(([, codes]) => codes.length > 0)
    .map(([voice, codes]) => `${voice}: ${codes.join(', ')}`);
  console.log(
    `${said.size} voices: ${telephone.length} at 8 kHz, ${good.length} of the other ${others.length} without a warning`,
  );
  console.log(warned.join('\n'));
  expect(others.length).toBeGreaterThanOrEqual(42);
  // 44 of 52.
  expect(good.length / others.length).toBeGreaterThanOrEqual(44 / 52);
  expect(telephone.map(([voice]) => voice)).toEqual(expect.arrayContaining(['asterisk en', 'asterisk ru']));
});

import { basename, resolve } from 'node:path';
import { type Guide, guides } from '../../../shared/provider-guides.ts';
import { clock, count, readableSize } from '../../output.ts';
import { plain } from '../../table.ts';
import type { CheckedFolder, LocalSample, Problem } from '../checked-folder.ts';
import { countProblems } from '../count-problems.ts';
import { factsOf, readableLength } from '../media-table.ts';
import { sentOf } from '../../../voice-folder/sent-samples.ts';
import { sampleGauges, totalGauge } from './gauges.ts';
import { html, type Html, join, NOTHING } from './html.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { lengthOf, type Mark, waveformPicture } from './waveform-picture.ts';

/** Where the player of a sample gets its sound: a `data:` URL, or a relative one of the recording itself. */
export type Sources = ReadonlyMap<LocalSample, string>;

/** What a page shows. */
export interface Page {
  folders: readonly CheckedFolder[];
  /** The URLs of the recordings, relative to the page. */
  links: Sources;
  /** Copies for listening, if the page holds them. */
  copies: Sources | undefined;
}

/** Draws the findings about voice folders as one HTML page that loads nothing but, perhaps, the recordings. */
export function reportPage(shown: Page): string {
  const { folders, copies } = shown;
  const title = folders.length === 1 ? nameOf(folders[0]) : `${folders.length} voice folders`;
  const problems = folders.flatMap((folder) => folder.problems);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title}: ${countProblems(problems)}</title>
        <style>
          ${{ html: style }}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="summary">${countProblems(problems)}</p>
          ${folders.length > 1 ? contents(folders) : NOTHING}
          ${join(folders.map((folder, index) => section(folder, index, shown)))}
          <footer>
            <p>${aboutPlayers(copies !== undefined)}</p>
          </footer>
        </main>
        <script>
          ${{ html: script }};
        </script>
      </body>
    </html>`;
  return page.html;
}

function section(folder: CheckedFolder, index: number, shown: Page): Html {
  const { problems: found, samples, manifest } = folder;
  const names = new Set(samples.map(({ name }) => name));
  const guide = manifest?.settings.providerType && guides[manifest.settings.providerType];
  return html`<section id="folder-${index}" class="folder">
    ${shown.folders.length > 1 ? html`<h2>${plain(folder.path)}</h2>` : NOTHING}
    <p class="facts">${about(folder, guide)}</p>
    ${totalGauge(samples, guide)} ${problemList(found.filter(({ file }) => !names.has(file)))}
    ${join(samples.map((sample) => article(sample, found, guide, shown)))}
  </section>`;
}

function article(
  sample: LocalSample,
  all: readonly Problem[],
  guide: Guide | undefined,
  { links, copies }: Page,
): Html {
  const { name, size, media, sameAs } = sample;
  const found = all.filter(({ file }) => file === name);
  const known = media ? factsOf(media).filter((fact) => fact !== '?') : [];
  const facts = known
    .map((fact) => (/^\d+$/.test(fact) ? `${fact} channels` : fact))
    .concat(readableSize(size));
  const link = links.get(sample) ?? '';
  return html`<article class="${found.length > 0 ? 'has-problems' : ''}">
    <h3><a href="${link}">${plain(name)}</a></h3>
    <p class="facts">${facts.join(' · ')}</p>
    ${picture(sample, found)}
    ${sameAs === undefined && media ? player(plain(name), copies?.get(sample) ?? link) : NOTHING}
    ${sampleGauges(sample, guide)} ${problemList(found)}
  </article>`;
}

/** Nothing from the network, whatever is in a name. A page on disk has no origin that `'self'` could mean everywhere. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; media-src data: file: 'self'";

function nameOf(folder: CheckedFolder | undefined): string {
  return plain(basename(resolve(folder?.path ?? '')));
}

function about({ manifest, samples, notHeard }: CheckedFolder, guide: Guide | undefined): string {
  return [
    ...(manifest ? [`voice “${plain(manifest.settings.name)}”`, `for ${guide?.name ?? 'any provider'}`] : []),
    count(sentOf(samples).length, 'sample'),
    ...(notHeard === undefined ? [] : [`not listened to: ${plain(notHeard)}`]),
  ].join(' · ');
}

function contents(folders: readonly CheckedFolder[]): Html {
  const items = folders.map(
    (folder, index) =>
      html`<li><a href="#folder-${index}">${plain(folder.path)}</a> ${countProblems(folder.problems)}</li>`,
  );
  return html`<ul class="contents">
    ${join(items)}
  </ul>`;
}

function picture({ name, media, waveform }: LocalSample, problems: readonly Problem[]): Html {
  if (!waveform) return NOTHING;
  const seconds = lengthOf(waveform);
  const marks = problems.flatMap(({ code = '', message, places = [] }): Mark[] =>
    places.length > 0 ? [{ code, title: message, places }] : [],
  );
  const { length } = waveform.channels;
  const sides = waveform.channels.map((_, index) => html`<span>${channelName(index + 1, length)}</span>`);
  const title = `Waveform of ${plain(name)}, ${readableLength(media?.seconds ?? seconds)}`;
  return html`<figure data-seconds="${seconds.toFixed(3)}">
    ${waveformPicture(waveform, marks, title)}
    ${length > 1 ? html`<div class="sides" aria-hidden="true">${join(sides)}</div>` : NOTHING}
    <div class="cursor" hidden></div>
    <div class="axis" aria-hidden="true">${join(ticks(seconds))}</div>
  </figure>`;
}

function channelName(channel: number, of: number): string {
  return of === 2 ? (channel === 1 ? 'left' : 'right') : `channel ${channel}`;
}

function ticks(seconds: number): Html[] {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find((each) => seconds / each <= 10) ?? 7200;
  const length = Math.floor(seconds / step) + 1;
  return Array.from({ length }, (_, index) => {
    const at = index * step;
    const text = step < 1 ? clock(at) : clock(at).slice(0, -2);
    return html`<span style="left:${((100 * at) / seconds).toFixed(2)}%">${text}</span>`;
  });
}

function player(name: string, source: string): Html {
  return html`<audio controls preload="metadata" aria-label="${name}" src="${source}"></audio>`;
}

function problemList(problems: readonly Problem[]): Html {
  if (problems.length === 0) return NOTHING;
  return html`<ul class="problems">
    ${join(problems.map(problemItem))}
  </ul>`;
}

/** The picture shows the rest. */
const MAX_LISTED = 12;

function problemItem({
  severity,
  file,
  code,
  path,
  message,
  suggestion,
  source,
  places = [],
}: Problem): Html {
  const times = places
    .slice(0, MAX_LISTED)
    .map(
      ({ from, to, channel }) =>
        html`<button
          type="button"
          data-at="${from}"
          class="${channel === undefined ? '' : `side-${channel}`}"
        >
          ${clock(from)}–${clock(to)}
        </button>`,
    );
  const more = places.length - MAX_LISTED;
  return html`<li class="${severity}">
    <p>
      <i class="swatch ${code ?? ''}"></i><b>${severity}</b> ${file === '.' ? '' : plain(file)}
      ${plain(path ?? '')} ${plain(message)}
    </p>
    ${suggestion === undefined ? NOTHING : html`<p class="suggestion">→ ${plain(suggestion)}</p>`}
    ${times.length > 0 ? html`<p class="places">${join(times)} ${more > 0 ? `and ${more} more` : ''}</p>` : NOTHING}
    ${source === undefined ? NOTHING : html`<p><a href="${source}" rel="noreferrer">${source}</a></p>`}
  </li>`;
}

function aboutPlayers(hasCopies: boolean): string {
  return hasCopies
    ? 'The players hold smaller copies for listening; the recordings themselves are not in this page.'
    : 'The players play the recordings where they are: keep this page where it was written.';
}

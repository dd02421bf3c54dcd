import type { Place } from '../../audio/place.ts';
import type { Block, Waveform } from '../../audio/waveform.ts';
import { html, type Html, join } from './html.ts';

/** What is drawn over a waveform: a problem, where it is. */
export interface Mark {
  code: string;
  /** What is wrong there. */
  title: string;
  places: readonly Place[];
}

/** More would not be visible. */
const MAX_COLUMNS = 600;
const LANE = 100;

/**
 * Draws a waveform as SVG, a lane for each channel, with marks in front. The picture is stretched to its frame, so its
 * horizontal unit is a column, not a pixel.
 *
 * @param title describes the picture to those who do not see it
 */
export function waveformPicture(waveform: Waveform, marks: readonly Mark[], title: string): Html {
  const { channels } = waveform;
  const seconds = lengthOf(waveform);
  const columns = Math.min(MAX_COLUMNS, channels[0]?.length ?? 0);
  const x = (at: number) => Number(((Math.min(at, seconds) / seconds) * columns).toFixed(2));
  const lanes = channels.map(
    (blocks, lane) =>
      html`<path class="wave" transform="translate(0 ${lane * LANE})" d="${outline(blocks, columns)}" />`,
  );
  const drawn = marks.map(({ code, title: what, places }) => {
    const rectangles = visible(places, seconds / columns).map(({ from, to, channel }) => {
      const top = channel === undefined ? 0 : (channel - 1) * LANE;
      const height = channel === undefined ? channels.length * LANE : LANE;
      const width = Math.max(0.5, x(to) - x(from)).toFixed(2);
      return html`<rect
        class="${channel === undefined ? 'side-all' : `side-${channel}`}"
        data-from="${from}"
        data-to="${to}"
        x="${x(from)}"
        y="${top}"
        width="${width}"
        height="${height}"
      />`;
    });
    return html`<g class="mark ${code}">
      <title>${what}</title>
      ${join(rectangles)}
    </g>`;
  });
  return html`<svg
    viewBox="0 0 ${columns} ${channels.length * LANE}"
    preserveAspectRatio="none"
    style="height:${Math.max(72, Math.min(56 * channels.length, 224))}px"
    role="img"
    aria-label="${title}"
  >
    ${join(lanes)} ${join(drawn)}
  </svg>`;
}

/** In seconds; up to a block longer than the recording. */
export function lengthOf({ channels, step }: Waveform): number {
  return (channels[0]?.length ?? 0) * step;
}

/** Joins places whose distance, in seconds, nobody would see: an hour may have thousands. */
function visible(places: readonly Place[], distance: number): Place[] {
  const joined: Place[] = [];
  for (const place of places) {
    const last = joined.at(-1);
    if (last && last.channel === place.channel && place.from - last.to < distance) {
      joined[joined.length - 1] = { ...last, to: place.to };
    } else joined.push(place);
  }
  return joined;
}

/** The area between the highest and lowest samples: from left to right above, and back below. */
function outline(blocks: readonly Block[], columns: number): string {
  const highs: number[] = [];
  const lows: number[] = [];
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * blocks.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * blocks.length) / columns));
    const within = blocks.slice(from, to);
    highs.push(yOf(Math.max(...within.map(({ max }) => max))));
    lows.push(yOf(Math.min(...within.map(({ min }) => min))));
  }
  return `M0 ${highs[0] ?? 0}${steps(highs, 1)}L${columns - 1} ${lows.at(-1) ?? 0}${steps(lows.toReversed(), -1)}Z`;
}

/** Relative lines of an SVG path: half as long as absolute ones. */
function steps(values: readonly number[], x: 1 | -1): string {
  const lines = values.slice(1).map((value, index) => {
    const y = value - (values[index] ?? 0);
    return `${x}${y < 0 ? '' : ' '}${y}`;
  });
  return lines.length > 0 ? `l${lines.join(' ')}` : '';
}

function yOf(sample: number): number {
  return Math.round(LANE / 2 - sample * (LANE / 2 - 2));
}

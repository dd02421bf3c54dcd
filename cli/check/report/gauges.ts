import { type Guide, isIn, type Range } from '../../../shared/provider-guides.ts';
import type { LocalSample } from '../checked-folder.ts';
import { level, readableLength } from '../media-table.ts';
import { secondsOf } from '../sent-seconds.ts';
import { html, type Html, NOTHING } from './html.ts';

/** The length of all samples together, against what the provider wants. */
export function totalGauge(samples: readonly LocalSample[], guide: Guide | undefined): Html {
  const seconds = secondsOf(samples);
  if (seconds === undefined || samples.length === 0) return NOTHING;
  return gauge('Together', readableLength(seconds), seconds, lengths(guide, guide?.total));
}

/** The length of a sample and how loud it is, against what the provider wants. */
export function sampleGauges({ media, sound }: LocalSample, guide: Guide | undefined): Html {
  if (!sound) return NOTHING;
  const { rms, loudness, peak } = sound;
  const seconds = media?.seconds ?? 0;
  const levels = `${level(rms, 'dB RMS')} · ${level(loudness, 'LUFS')} · peak ${level(peak, 'dB')}`;
  const wanted = guide?.rms && { by: guide.name, range: guide.rms, unit: 'dB', ends: [-60, 0] as const };
  const length = guide?.clip
    ? gauge('Length', readableLength(seconds), seconds, lengths(guide, guide.clip))
    : NOTHING;
  return html`<div>${length} ${gauge('Level', levels, rms, wanted)}</div>`;
}

interface Scale {
  /** Who wants the range. */
  by: string;
  range: Range;
  unit: string;
  ends: readonly [from: number, to: number];
}

function lengths(guide: Guide | undefined, range: Range | undefined): Scale | undefined {
  return guide && range && { by: guide.name, range, unit: 's', ends: [0, 1.25 * range.tolerated[1]] };
}

/** A value as text and, if there is a scale, on it; it moves to the end if it is beyond that. */
function gauge(name: string, text: string, value: number, scale: Scale | undefined): Html {
  if (!scale) return html`<p class="gauge"><b>${name}</b> ${text}</p>`;
  const { by, range, unit, ends } = scale;
  const at = (each: number) => {
    const part = (each - ends[0]) / (ends[1] - ends[0]);
    return Number((100 * Math.min(1, Math.max(0, part))).toFixed(2));
  };
  const band = ([from, to]: readonly [number, number]) =>
    `left:${at(from)}%;right:${Number((100 - at(to)).toFixed(2))}%`;
  return html`<p class="gauge ${isIn(value, range.tolerated) ? 'is-good' : 'is-bad'}">
    <b>${name}</b> ${text}
    <span class="scale">
      <i class="tolerated" style="${band(range.tolerated)}"></i>
      <i class="wanted" style="${band(range.wanted)}"></i>
      <i class="value" style="left:${at(value)}%"></i>
    </span>
    <small>${by} wants ${range.wanted[0]} to ${range.wanted[1]} ${unit}</small>
  </p>`;
}

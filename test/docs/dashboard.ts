import { readFileSync, writeFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { VoiceCloneStack } from '../../cdk/voice-clone-stack.ts';
import { bundleLambda } from '../../functions/bundle.ts';
import type { Numbers } from '../chaos/record-numbers.ts';
import { metricName, statisticOf } from '../support/metrics.ts';

/*
 * Draws docs/images/dashboard.svg: the dashboard as the template defines it, with the numbers of a chaos run. Run it
 * again when the dashboard has changed: node test/docs/dashboard.ts. New numbers come with
 * npm run test:chaos -- --folders 300 --seed 1 --numbers docs/images/dashboard-numbers.json
 */

const at = (file: string) => new URL(`../../docs/images/${file}`, import.meta.url);

/** "Dashboard body structure and syntax", Amazon CloudWatch API Reference. */
interface Widget {
  x: number;
  y: number;
  width: number;
  height: number;
  properties: {
    title: string;
    stacked?: boolean;
    metrics: [string, string, string, string, { stat?: string; label?: string }?][];
  };
}

interface Line {
  label: string;
  color: string;
  /** One for each period; undefined where there is no value. */
  values: (number | undefined)[];
}

/** A column and a row of the grid that widgets are placed in, in pixels. */
const [COLUMN, ROW] = [50, 42];
const colors =
  '#1f77b4 #d62728 #2ca02c #ff7f0e #9467bd #8c564b #e377c2 #7f7f7f #bcbd22 #17becf #aec7e8 #ffbb78 #98df8a #ff9896 #c5b0d5 #c49c94'.split(
    ' ',
  );

/** The picture. */
export async function drawDashboard(): Promise<string> {
  const numbers = JSON.parse(readFileSync(at('dashboard-numbers.json'), 'utf8')) as Numbers;
  const widgets = await definedWidgets();
  const width = COLUMN * Math.max(...widgets.map((each) => each.x + each.width));
  const height = ROW * Math.max(...widgets.map((each) => each.y + each.height));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="#16191f">
<rect width="100%" height="100%" fill="#f2f3f3"/>
${widgets.map((widget) => draw(widget, numbers)).join('\n')}
</svg>
`;
}

async function definedWidgets(): Promise<Widget[]> {
  await bundleLambda();
  const deployed = new VoiceCloneStack(new App(), 'CallersVoiceClone');
  const [dashboard] = Object.values(Template.fromStack(deployed).findResources('AWS::CloudWatch::Dashboard'));
  const body = dashboard?.['Properties'].DashboardBody as { 'Fn::Join': [string, (string | object)[]] };
  const text = body['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : nameOf(part))).join('');
  return (JSON.parse(text) as { widgets: Widget[] }).widgets;
}

/** What the emulators call a resource that the template refers to. */
function nameOf(reference: object): string {
  const [id = ''] = Object.values(reference).flat() as string[];
  return id.startsWith('PipelineDeadLetters') ? 'clone-voice-dead-letters' : 'clone-voice';
}

function draw(widget: Widget, { periods, secondsOfPeriod }: Numbers): string {
  const { title, metrics, stacked = false } = widget.properties;
  const lines = metrics
    .map(([namespace, name, , of, { stat = 'Average', label = name } = {}]) => {
      const values = periods.map((period) => period[metricName(namespace, name, of)]);
      return { label, values: values.map((each) => each && statisticOf(stat, each)) };
    })
    .filter(({ values }) => values.some((value) => value !== undefined))
    .map((line, index): Line => ({ ...line, color: colors[index % colors.length] ?? '' }));
  const tops = stacked ? piled(lines) : lines.map(({ values }) => values);
  const most = nice(Math.max(1, ...tops.flat().map((value) => value ?? 0)));

  const [width, height] = [COLUMN * widget.width - 8, ROW * widget.height - 8];
  const legend = placeLegend(lines, width - 24);
  const [left, top, right] = [44, 34, width - 14];
  const bottom = height - 30 - 16 * legend.rows;
  const x = (period: number) => round(left + ((right - left) * period) / Math.max(1, periods.length - 1));
  const y = (value: number) => round(bottom - ((bottom - top) * value) / most);
  const areaOf = (values: Line['values']) =>
    `M${x(0)} ${y(0)}${values.map((value = 0, period) => `L${x(period)} ${y(value)}`).join('')}V${y(0)}Z`;
  // Interrupted where there is no value; a value by itself is a dot.
  const curveOf = (values: Line['values']) =>
    values
      .flatMap((value, period) => {
        if (value === undefined) return [];
        const place = `${x(period)} ${y(value)}`;
        return [values[period - 1] === undefined ? `M${place}h0` : `L${place}`];
      })
      .join('');
  const shapes = lines.map(({ color }, index) =>
    stacked
      ? `<path d="${areaOf(tops[index] ?? [])}" fill="${color}"/>`
      : `<path d="${curveOf(tops[index] ?? [])}" fill="none" stroke="${color}" stroke-width="1.8" stroke-linecap="round"/>`,
  );
  const grid = [0, most / 2, most].map(
    (value) =>
      `<path d="M${left} ${y(value)}H${right}" stroke="#d5dbdb"/><text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  );
  const seconds = (periods.length - 1) * secondsOfPeriod;
  return `<g transform="translate(${COLUMN * widget.x + 4} ${ROW * widget.y + 4})">
<rect width="${width}" height="${height}" rx="3" fill="#ffffff" stroke="#d5dbdb"/>
<text x="12" y="20" font-size="13" font-weight="bold">${escaped(title)}</text>
${grid.join('\n')}
${(stacked ? shapes.toReversed() : shapes).join('\n')}
<text x="${left}" y="${bottom + 16}">0 s</text><text x="${right}" y="${bottom + 16}" text-anchor="end">${seconds} s</text>
${legend.texts.map(({ line, at: place, row }) => `<rect x="${12 + place}" y="${bottom + 25 + 16 * row}" width="9" height="9" fill="${line.color}"/><text x="${25 + place}" y="${bottom + 33 + 16 * row}">${escaped(line.label)}</text>`).join('\n')}
</g>`;
}

/** Each on top of those before it. */
function piled(lines: readonly Line[]): number[][] {
  let below: number[] = [];
  return lines.map(
    ({ values }) => (below = values.map((value, period) => (value ?? 0) + (below[period] ?? 0))),
  );
}

function placeLegend(lines: readonly Line[], width: number) {
  let [place, row] = [0, 0];
  const texts = lines.map((line) => {
    const length = 26 + 6.6 * line.label.length;
    if (place > 0 && place + length > width) [place, row] = [0, row + 1];
    const text = { line, at: round(place), row };
    place += length;
    return text;
  });
  return { texts, rows: row + 1 };
}

/** The next of 1, 2, 2.5, 5, 10, 20, … */
function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5].find((step) => step * power >= value) ?? 10);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

if (import.meta.main) writeFileSync(at('dashboard.svg'), await drawDashboard());

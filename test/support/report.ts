/** What a report draws of a sample. */
export interface Drawn {
  /** For each channel, the height of its waveform in each column, in percent. */
  lanes: number[][];
  marks: {
    code: string;
    /** In seconds. */
    from: number;
    to: number;
    /** In columns. */
    x: number;
    end: number;
    /** The first lane that it covers. */
    lane: number;
  }[];
}

/** Reads the picture of a sample from a report, without a browser. */
export function drawn(page: string, name: string): Drawn {
  const [, article = ''] = page.split(`>${name}</a></h3>`);
  const [picture = ''] = /<svg[^]*?<\/svg>/.exec(article) ?? [];
  const marks = [...picture.matchAll(/<g class="mark (\w+)">([^]*?)<\/g>/g)].flatMap(
    ([, code = '', group = '']) =>
      [...group.matchAll(/<rect([^]*?)\/>/g)].map(([, rectangle = '']) => {
        const of = (attribute: string) =>
          Number(new RegExp(`\\b${attribute}="([^"]*)"`).exec(rectangle)?.[1]);
        const x = of('x');
        return {
          code,
          from: of('data-from'),
          to: of('data-to'),
          x,
          end: x + of('width'),
          lane: of('y') / 100,
        };
      }),
  );
  const lanes = [...picture.matchAll(/ d="([^"]*)"/g)].map(([, path = '']) => heights(path));
  return { lanes, marks };
}

/** From the path that goes along the highest samples and back along the lowest. */
function heights(path: string): number[] {
  const [above = '', below = ''] = path.split('L');
  const highs = ys(above);
  const lows = ys(below).toReversed();
  return highs.map((high, column) => (lows[column] ?? 0) - high);
}

function ys(path: string): number[] {
  const [, ...numbers] = path.match(/-?\d+/g) ?? [];
  const [start, ...steps] = numbers.map(Number);
  let y = start ?? 0;
  return [y, ...steps.filter((_, index) => index % 2 === 1).map((step) => (y += step))];
}

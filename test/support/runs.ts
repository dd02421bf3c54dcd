/** How many cases a property is tried with: all in `npm run test:exhaustive`, a third in `npm test`. */
export function runs(all: number): number {
  return process.env['EXHAUSTIVE'] === undefined ? Math.ceil(all / 3) : all;
}

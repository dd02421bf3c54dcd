/** Keeps the known values, which are neither missing nor NaN, zero or infinite. */
export function positive<Name extends string>(
  values: Record<Name, number | undefined>,
): { [name in Name]?: number } {
  const known = Object.entries<number | undefined>(values).filter(
    ([, value = 0]) => value > 0 && value < Infinity,
  );
  return Object.fromEntries(known) as { [name in Name]?: number };
}

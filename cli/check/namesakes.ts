/**
 * Samples whose names differ from that of an earlier one only in Unicode form: macOS and zip files made there may store an accent
 * otherwise. `drop` would give both the key in NFC, and one take would replace the other.
 */
export function namesakes<Sample extends { name: string }>(samples: readonly Sample[]): Sample[] {
  const names = samples.map(({ name }) => name.normalize());
  return samples.filter((_, index) => names.indexOf(names[index] ?? '') < index);
}

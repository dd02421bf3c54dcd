/** The samples that are sent: of several with the same content only the first is. */
export function sentOf<Sample extends { sameAs?: string | undefined }>(samples: readonly Sample[]): Sample[] {
  return samples.filter(({ sameAs }) => sameAs === undefined);
}

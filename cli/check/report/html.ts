/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

/** An empty piece. */
export const NOTHING: Html = { html: '' };

/** A template for HTML, in which values are escaped unless they are HTML. */
export function html(parts: TemplateStringsArray, ...values: readonly (Html | string | number)[]): Html {
  const filled = values.map((value) => (typeof value === 'object' ? value.html : escaped(String(value))));
  return { html: String.raw({ raw: parts }, ...filled).replaceAll(/\s*\n\s*/g, '\n') };
}

/** Joins pieces, a line each. */
export function join(pieces: readonly Html[]): Html {
  return { html: pieces.map((piece) => piece.html).join('\n') };
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

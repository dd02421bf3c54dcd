const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** Control characters, marks that reorder a line, and noncharacters (Unicode Standard, chapter 23). */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/gu;

/**
 * Makes outside text, such as a name in a bucket or what an API said, safe for a line on a terminal, in an email or in a
 * log: it cannot start a line of its own, control the terminal, or change the order of what is around it. Breaks become
 * spaces, other unsafe characters U+FFFD. Also removes what XML 1.0 does not allow.
 */
export function onOneLine(text: string): string {
  return text.toWellFormed().replaceAll(BREAKS, ' ').replaceAll(UNSAFE, '\ufffd');
}

/**
 * Says in few words what is wrong with a text that is not JSON, and what people usually meant.
 *
 * @param message of the manifest's parser
 * @param offset where the text stops being JSON
 */
export function syntaxProblem(
  message: string,
  text: string,
  offset: number,
): { message: string; suggestion?: string } {
  const suggestion = usualMistake(text.slice(0, offset), text.slice(offset));
  return {
    // The place is told apart, and V8 repeats a piece of the text.
    message: message
      .replace(/( in JSON)?( at position \d+)?( \(line \d+ column \d+\))?$/, '')
      .replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, ''),
    ...(suggestion !== undefined && { suggestion }),
  };
}

function usualMistake(before: string, after: string): string | undefined {
  if (before.trimStart().startsWith('{') && after.startsWith('\\rtf')) {
    return 'it is rich text (RTF): save it as plain text; in TextEdit, Format → Make Plain Text';
  }
  if (/^[\u00a0\u2007\u202f]/.test(after)) return 'type the space anew: this one is a no-break space';
  if (before.endsWith('\\') || after.startsWith('\\'))
    return 'write / between folders, or \\\\ for a backslash';
  if (after.trim() === '') return 'the end is missing: a quote, a bracket or a brace';
  if (/,\s*$/.test(before) && /^[}\]]/.test(after)) return 'remove the comma before it';
  if (/^(\/\/|\/\*|#)/.test(after)) return 'remove the comment: JSON has none';
  if (/^['‘’“”„]/.test(after)) return 'use straight double quotes: "';
  if (/["\d}\]el]\s*$/.test(before) && /^["[{\d]/.test(after)) return 'put a comma or a colon before it';
  if (/^(True|False|None)/.test(after)) return 'write true, false or null, without capitals';
  if (/^[A-Za-z_$]/.test(after)) return 'put names and text into double quotes';
  return undefined;
}

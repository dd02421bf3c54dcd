import { locate } from './locate.ts';

/**
 * Describes a JSON syntax error briefly, and suggests a fix for common mistakes.
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
    // Removes the position, which is shown separately, and V8's excerpt of the text.
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
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  if (/^[\x00-\x1f]/.test(after) && /"[^"]*$/.test(before)) {
    return 'remove the line break or control character from the text, or write it as \\n or \\t';
  }
  if (/^[\u00a0\u2007\u202f]/.test(after)) return 'retype the space: this one is a non-breaking space';
  if (before.endsWith('\\') || after.startsWith('\\'))
    return 'write / between folders, or \\\\ for a backslash';
  if (locate(before).ok)
    return 'the manifest ends before it: remove the rest; another voice needs a folder of its own';
  if (after.trim() === '') return 'a closing quote, bracket or brace is missing';
  if (/,\s*$/.test(before) && /^[}\]]/.test(after)) return 'remove the comma before it';
  if (/^(\/\/|\/\*|#)/.test(after)) return 'remove the comment: JSON does not allow comments';
  if (/^['‘’“”„]/.test(after)) return 'use straight double quotes: "';
  if (/["\d}\]el]\s*$/.test(before) && /^["[{\d]/.test(after)) return 'put a comma or a colon before it';
  if (/^(True|False|None)/.test(after)) return 'write true, false or null in lowercase';
  if (/^[A-Za-z_$]/.test(after)) return 'put names and text into double quotes';
  return undefined;
}

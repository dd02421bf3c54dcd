import { type AnyNode, parse } from '@humanwhocodes/momoa';

/** A position in a text, from 1. */
export interface Position {
  line: number;
  column: number;
}

/** A value in a JSON text, with its position and that of its key. */
export interface Located {
  /** Position of a member's key; for an array item, of the item. */
  key: Position;
  position: Position;
  /** The value's source text. */
  text: string;
}

/** A JSON text with the positions of its values, or of its syntax error. */
export type LocatedJson =
  | {
      ok: true;
      /** Keyed by path, as in issues: `files[2]`, empty for the whole. Of duplicate keys, the last. */
      values: ReadonlyMap<string, Located>;
      /** Members whose key appears again later, so they have no effect. */
      overridden: { path: string; position: Position }[];
    }
  | { ok: false; position: Position | undefined; offset: number };

/** Finds the position of each value in a JSON text, or of the syntax error (RFC 8259). */
export function locate(text: string): LocatedJson {
  const values = new Map<string, Located>();
  const overridden: { path: string; position: Position }[] = [];
  try {
    visit(parse(text, { ranges: true }).body, '');
    return controlCharacterIn(text) ?? { ok: true, values, overridden };
  } catch (error) {
    // The parser calls itself for each level of nesting.
    if (error instanceof RangeError) return { ok: false, position: undefined, offset: 0 };
    const { line, column, offset } = error as { line?: number; column?: number; offset?: number };
    if (line === undefined || column === undefined || offset === undefined) throw error;
    return { ok: false, position: { line, column }, offset };
  }

  function visit(node: AnyNode, path: string, name: AnyNode = node): void {
    const known = values.get(path);
    if (known) overridden.push({ path, position: known.key });
    const { start, end } = node.loc;
    values.set(path, {
      key: positionOf(name),
      position: positionOf(node),
      text: text.slice(start.offset, end.offset),
    });
    if (node.type === 'Array') {
      for (const [index, element] of node.elements.entries()) visit(element.value, `${path}[${index}]`);
    } else if (node.type === 'Object') {
      for (const { name: key, value } of node.members) {
        const own = key.type === 'String' ? key.value : key.name;
        visit(value, path === '' ? own : `${path}.${own}`, key);
      }
    }
  }
}

/** momoa takes raw control characters in strings; JSON.parse, and so the function, does not. */
function controlCharacterIn(text: string): LocatedJson | undefined {
  /* oxlint-disable no-control-regex -- tab and line breaks may stand between values, none may in strings */
  const [before] = /^(?:[^"\x00-\x08\x0b\x0c\x0e-\x1f]|"(?:[^"\\\x00-\x1f]|\\[^])*")*/.exec(text) ?? [''];
  // The valid part ends where a string with such a character begins.
  const [inString] = /^"(?:[^"\\\x00-\x1f]|\\[^])*/.exec(text.slice(before.length)) ?? [''];
  /* oxlint-enable no-control-regex */
  const offset = before.length + inString.length;
  if (offset >= text.length) return undefined;
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { ok: false, position: { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }, offset };
}

function positionOf({ loc: { start } }: AnyNode): Position {
  return { line: start.line, column: start.column };
}

import { type AnyNode, parse } from '@humanwhocodes/momoa';

/** Where something is in a text, from 1. */
export interface Place {
  line: number;
  column: number;
}

/** A value in a JSON text, and the places of its name and of itself. */
export interface Located {
  /** The name of a member; an item's own place. */
  key: Place;
  place: Place;
  /** What is written there, as it stands in the text. */
  text: string;
}

export type LocatedJson =
  | {
      ok: true;
      /** By paths as those of issues: `files[2]`, empty for the whole. Where a name is written twice, the last counts. */
      values: ReadonlyMap<string, Located>;
      /** Members whose name is written again later: they have no effect. */
      overridden: { path: string; place: Place }[];
    }
  | { ok: false; place: Place; offset: number };

/** Finds the place of each value in a JSON text, or else where it stops being JSON (RFC 8259). */
export function locate(text: string): LocatedJson {
  const values = new Map<string, Located>();
  const overridden: { path: string; place: Place }[] = [];
  try {
    visit(parse(text, { ranges: true }).body, '');
    return { ok: true, values, overridden };
  } catch (error) {
    const { line, column, offset } = error as { line?: number; column?: number; offset?: number };
    if (line === undefined || column === undefined || offset === undefined) throw error;
    return { ok: false, place: { line, column }, offset };
  }

  function visit(node: AnyNode, path: string, name: AnyNode = node): void {
    const known = values.get(path);
    if (known) overridden.push({ path, place: known.key });
    const { start, end } = node.loc;
    values.set(path, {
      key: placeOf(name),
      place: placeOf(node),
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

function placeOf({ loc: { start } }: AnyNode): Place {
  return { line: start.line, column: start.column };
}

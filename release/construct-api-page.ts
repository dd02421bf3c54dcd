/** What the API page needs of a jsii assembly. */
export interface Assembly {
  readonly types: Record<string, AssemblyType>;
}

interface AssemblyType {
  readonly methods?: readonly { readonly name: string }[];
  readonly properties?: readonly { readonly name: string }[];
  readonly base?: string;
  readonly interfaces?: readonly string[];
}

/**
 * Removes from jsii-docgen's page what the package's types inherit from CDK: hundreds of members of `Stack` would hide
 * ours, with links to places that are not in the package.
 */
export function withoutInherited(page: string, assembly: Assembly): string {
  const inherited = (id: string) => {
    const [type, member] = memberIn(id, assembly);
    return type !== undefined && member !== undefined && !membersOf(type, assembly).has(member);
  };
  const lines: string[] = [];
  let isSkipping = false;
  for (const line of page.split('\n')) {
    const [, level = ''] = /^(#+) /.exec(line) ?? [];
    const [, heading] = / id="([^"]+)"/.exec(line) ?? [];
    // A member's heading has five #; its parameters, below it, have six.
    if (level !== '' && level.length <= 5) isSkipping = level.length === 5 && inherited(heading ?? '');
    const [, row] = /^\| <code><a href="#([^"]+)"/.exec(line) ?? [];
    if (!isSkipping && !(row !== undefined && inherited(row))) lines.push(line);
  }
  return withoutEmptySections(lines.join('\n'));
}

/** The type and member of an ID such as `package.Type.property.member`; parameters belong to no member. */
function memberIn(id: string, { types }: Assembly): [type?: string, member?: string] {
  const type = Object.keys(types).find((name) => id.startsWith(`${name}.`));
  if (type === undefined) return [];
  const rest = id.slice(type.length + 1).replace(/^property\./, '');
  return rest.startsWith('Initializer') ? [type] : [type, rest.split('.')[0] ?? rest];
}

/** The members that a type gets from this package. */
function membersOf(name: string, assembly: Assembly): Set<string> {
  const type = assembly.types[name];
  if (!type) return new Set();
  const { methods = [], properties = [], base, interfaces = [] } = type;
  const parents = [...(base === undefined ? [] : [base]), ...interfaces];
  return new Set([
    ...[...methods, ...properties].map((member) => member.name),
    ...parents.flatMap((parent) => [...membersOf(parent, assembly)]),
  ]);
}

/** Removes headings and tables without rows. */
function withoutEmptySections(page: string): string {
  return page.replaceAll(
    /#### (?:Methods|Static Functions|Properties) <a [^\n]*\n\n(?:\| [^\n]*\n\| [-| ]*\n\n(?:---\n\n)?)(?=#|$)/g,
    '',
  );
}

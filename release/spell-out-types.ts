import { dirname } from 'node:path';
import ts from '@typescript/typescript6';

/**
 * Spells out the types that a module exports, with their comments and those of their fields, so that they import nothing:
 * declarations of types that are inferred from zod schemas would contain zod's. Where one exported type contains another, it
 * names it.
 *
 * @returns the text of a declaration file
 * @throws {Error} if a type is a function, or any
 */
export function spellOutTypes(file: string, configFile: string): string {
  const { config } = ts.readConfigFile(configFile, (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(configFile));
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} exports nothing`);
  const exported = checker
    .getExportsOfModule(module)
    .map((symbol) => ({ name: symbol.name, symbol, type: checker.getDeclaredTypeOfSymbol(symbol) }));

  function spell(type: ts.Type, own?: string): string {
    const named = exported.find((each) => each.type === type && each.name !== own);
    if (named) return named.name;
    if (type.isUnion() && type.types.some(isObject)) {
      const members = type.types.toSorted((a, b) => Number(isObject(b)) - Number(isObject(a)));
      return members.map((member) => spell(member)).join(' | ');
    }
    if (checker.isArrayType(type)) return spellArray(type as ts.TypeReference);
    if (isObject(type)) return spellObject(type);
    if (type.flags & ts.TypeFlags.Any) throw new Error(`A type in ${file} is any`);
    return checker.typeToString(type, undefined, IN_FULL);
  }

  function spellArray(type: ts.TypeReference): string {
    const item = checker.getTypeArguments(type)[0] as ts.Type;
    const text = spell(item);
    const isReadonly = type.symbol.name === 'ReadonlyArray';
    return `${isReadonly ? 'readonly ' : ''}${item.isUnion() ? `(${text})` : text}[]`;
  }

  function spellObject(type: ts.Type): string {
    if (type.getCallSignatures().length > 0) throw new Error(`${checker.typeToString(type)} is a function`);
    const fields = type.getProperties().map((field) => {
      const mark = field.flags & ts.SymbolFlags.Optional ? '?' : '';
      return `${comment(field)}${field.name}${mark}: ${spell(checker.getTypeOfSymbol(field))};\n`;
    });
    const others = checker
      .getIndexInfosOfType(type)
      .map(({ keyType, type: value }) => `[field: ${checker.typeToString(keyType)}]: ${spell(value)};\n`);
    return `{\n${[...fields, ...others].join('').replaceAll(/^/gm, '  ').trimEnd()}\n}`;
  }

  function comment(symbol: ts.Symbol): string {
    const lines = ts.displayPartsToString(symbol.getDocumentationComment(checker));
    return lines === '' ? '' : `/** ${lines.replaceAll('\n', '\n * ')} */\n`;
  }

  return exported
    .map(({ name, symbol, type }) => `${comment(symbol)}export type ${name} = ${spell(type, name)};\n`)
    .join('\n');
}

function isObject(type: ts.Type): boolean {
  return Boolean(type.flags & ts.TypeFlags.Object);
}

const IN_FULL =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.InTypeAlias |
  ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;

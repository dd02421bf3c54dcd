import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { shorten } from '../../../../shared/shorten.ts';
import { agentFiles, assertOwnItem, FILES_OF_AGENT } from './agent-files.ts';
import { isBytes } from './base64.ts';
import { bareFile, describesFile, filesByField, isFile } from './binary.ts';
import { inputError } from './failure.ts';
import { previousNode } from './previous-node.ts';
import { listOf } from './text-values.ts';
import { isTool } from './tool-call.ts';

/** The label of the field, in messages. */
const FIELD = 'Input Data Field Name(s)';

function labelOf(context: IExecuteFunctions): string {
  return isTool(context) ? 'Audio Files' : FIELD;
}

/**
 * The files that an item's field names: names of fields, `*`, or what an expression returned (a file, a list
 * of files, files by field name, like `$binary`, or items of another node).
 *
 * @throws {NodeOperationError} if a field contains no file.
 */
export function filesOf(context: IExecuteFunctions, itemIndex: number): IBinaryData[] {
  if (isTool(context)) assertOwnItem(context);
  return filesIn(context, itemIndex, context.getNodeParameter('binaryFields', itemIndex));
}

function filesIn(context: IExecuteFunctions, itemIndex: number, value: unknown): IBinaryData[] {
  if (value === FILES_OF_AGENT && isTool(context)) return agentFiles(context);
  if (isFile(value)) return [value];
  if (isBytes(value)) return [bareFile(value)];
  if (Array.isArray(value)) return value.flatMap((each) => filesIn(context, itemIndex, each));
  const ofItem = filesByField(context.getInputData()[itemIndex]);
  if (describesFile(value)) return [fileLike(context, itemIndex, value, ofItem)];
  // Like `$binary`: files by field name.
  const entries = Object.entries(Object(value) as object);
  if (entries.length > 0 && entries.every(([, each]) => describesFile(each)))
    return entries.map(([field, file]) => {
      const named = ofItem[field];
      return isFile(file)
        ? file
        : fileLike(context, itemIndex, file as object, named ? { [field]: named } : ofItem);
    });
  if (typeof value !== 'string') {
    if (entries.some(([field]) => field === 'json')) return Object.values(filesByField(value as never));
    throw inputError(context, itemIndex, {
      message: `${labelOf(context)} must be the name of a field, or an expression that returns a file or a list of files`,
      description: fieldsText(context, ofItem),
    });
  }
  const fields = value in ofItem || isContent(value) ? [value] : listOf(value, /[,;\n]/).map(String);
  if (fields.includes('*')) return Object.values(ofItem);
  return fields.map(
    (field) =>
      ofItem[field] ?? (isContent(field) ? bareFile(field) : fileAt(context, itemIndex, field, ofItem)),
  );
}

/** Whether text is a file itself, as a `data:` URI or base64, which no name of a field is as long as. */
function isContent(text: string): boolean {
  return /^["'\s]*data:[^,]*;base64,|^([\w+/-]{200}|([\w+/-]{64,76}\s+){2})/i.test(text);
}

/** A field given as a path, such as `_files.data`. */
function fileAt(
  context: IExecuteFunctions,
  itemIndex: number,
  field: string,
  ofItem: Record<string, IBinaryData>,
): IBinaryData {
  let file: unknown;
  try {
    file = context.helpers.assertBinaryData(itemIndex, field);
  } catch {
    // There is none.
  }
  if (isFile(file)) return file;
  throw inputError(context, itemIndex, {
    message: `The item has no file in the field "${shorten(field, 60)}"`,
    description: fieldsText(context, ofItem),
  });
}

/**
 * The file that `$binary` describes. n8n leaves out its content, and where files are kept in memory there is
 * no identifier either, so it is found by its other properties.
 */
function fileLike(
  context: IExecuteFunctions,
  itemIndex: number,
  value: object,
  ofItem: Record<string, IBinaryData>,
): IBinaryData {
  const [found, another] = Object.values(ofItem).filter((file) => isDescribedBy(file, Object.entries(value)));
  if (found && (!another || another.data === found.data)) return found;
  throw inputError(context, itemIndex, {
    message: `The expression in ${labelOf(context)} returns a file without its content`,
    description: `Enter the name of the field instead, such as data, or an expression such as {{ $('Read Files').item.binary.data }}.`,
  });
}

function isDescribedBy(file: IBinaryData, description: [string, unknown][]): boolean {
  const properties = Object.entries(file).filter(([name]) => name !== 'data');
  return (
    properties.length === description.length &&
    description.every(([name, value]) => file[name as keyof IBinaryData] === value)
  );
}

/** Which fields have files, or why there are none. */
export function fieldsText(context: IExecuteFunctions, ofItem: Record<string, IBinaryData>): string {
  const fields = Object.keys(ofItem);
  return fields.length > 0
    ? `The item has files in: ${shorten(fields.join(', '), 300)}. Enter one of these names, or * for all files.`
    : `The item has no files. ${whereFilesAre(context)}`;
}

/** Why there are no files, as far as earlier nodes show, and what to do. */
function whereFilesAre(context: IExecuteFunctions): string {
  if (isTool(context)) {
    return `An agent passes no files: Audio Files needs an expression that returns a file of another node, or the files of the chat.`;
  }
  return `${lostBy(context)}Put a node that outputs a file before this one, and enter its field in "${FIELD}". An expression takes a file from an earlier node, such as {{ $('Read Files').item.binary.data }}.`;
}

/** The node before this one, if it is known to drop files. */
function lostBy(context: IExecuteFunctions): string {
  const previous = previousNode(context)?.previousNode;
  if (previous === undefined) return '';
  const { pinData } =
    (context as { runExecutionData?: { resultData?: { pinData?: object } } }).runExecutionData?.resultData ??
    {};
  if (pinData && previous in pinData)
    return `The output of "${previous}" is pinned, and pinned data contains no files: unpin it. `;
  const { type } = context.getParentNodes(context.getNode().name).find(({ name }) => name === previous) ?? {};
  // findings/n8n-http-request-reads-recording-as-text.sh
  if (type === 'n8n-nodes-base.httpRequest')
    return `"${previous}" passes on a file if its Response Format is File. `;
  if (type === 'n8n-nodes-base.set')
    return `"${previous}" passes on files only with Include Other Input Fields, and without Strip Binary Data in its options. `;
  return `"${previous}" passed on none. `;
}

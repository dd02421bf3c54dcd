import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { isBytes } from './base64.ts';

/**
 * Like n8n's `isBinaryValue`, which exists only since n8n 2.5. n8n's identifiers name a storage, as in `s3:…`;
 * Google Drive's files have an `id` and a `mimeType`, too.
 */
export function isFile(value: unknown): value is IBinaryData {
  return describesFile(value) && ('data' in value || ('id' in value && /^[\w-]+:/.test(String(value.id))));
}

/** Whether it is a file, or one without its content, as `$binary` has them. */
export function describesFile(value: unknown): value is object {
  return 'mimeType' in (Object(value) as object);
}

/**
 * An item's files, which the workflow setting `binaryMode` stores next to its JSON, or inside it
 * (`combined`).
 */
export function filesByField(
  item: ReturnType<IExecuteFunctions['getInputData']>[number] | undefined,
): Record<string, IBinaryData> {
  const combined = Object.entries(item?.json?.['_files'] ?? {}).filter(([, file]) => isFile(file));
  // Without a prototype: a field may be named like a method.
  return Object.assign(
    Object.create(null) as Record<string, IBinaryData>,
    Object.fromEntries(combined),
    // Code may put the content itself there, or nothing.
    Object.fromEntries(
      Object.entries(item?.binary ?? {})
        .filter(([, file]) => file)
        .map(([field, file]) => [field, typeof file === 'string' || isBytes(file) ? bareFile(file) : file]),
    ),
  );
}

/** Content without a name and type. */
export function bareFile(content: unknown): IBinaryData {
  return { data: content as string, mimeType: '' };
}

import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

/** Like n8n's `isBinaryValue`, which exists only since n8n 2.5. */
export function isFile(value: unknown): value is IBinaryData {
  return describesFile(value) && ('data' in value || 'id' in value);
}

/** Whether it is a file, or one without its content, as `$binary` has them. */
export function describesFile(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'mimeType' in value;
}

/**
 * An item's files, which the workflow setting `binaryMode` stores next to its JSON, or inside it
 * (`combined`).
 */
export function filesByField(
  item: ReturnType<IExecuteFunctions['getInputData']>[number] | undefined,
): Record<string, IBinaryData> {
  const combined = Object.entries(item?.json['_files'] ?? {}).filter(([, file]) => isFile(file));
  // Without a prototype: a field may be named like a method.
  return Object.assign(
    Object.create(null) as Record<string, IBinaryData>,
    Object.fromEntries(combined),
    item?.binary,
  );
}

import type { IExecuteFunctions, NodeOperationError } from 'n8n-workflow';
import type { FailureCode } from '../../../../shared/failures.ts';
import { inputError } from './failure.ts';

/** The problem of a sample, such as `is empty`. */
export interface SampleProblem {
  code: FailureCode;
  problem: string;
  /** @default to remove or replace the file */
  advice?: string;
}

/** The error of a sample that must not be sent. */
export function sampleError(
  context: IExecuteFunctions,
  { name, itemIndex }: { name: string; itemIndex: number },
  { code, problem, advice = 'Remove this file, or replace it with a recording.' }: SampleProblem,
): NodeOperationError {
  return inputError(context, itemIndex, {
    message: `The file "${name}" ${problem}`,
    description: advice,
    code,
  });
}

/** The error of a sample that n8n's storage did not deliver. */
export function unreadable(
  context: IExecuteFunctions,
  sample: { name: string; itemIndex: number },
  error: unknown,
): NodeOperationError {
  return sampleError(context, sample, {
    code: 'INVALID_INPUT',
    problem: 'could not be read',
    advice: `n8n’s storage reported: ${error instanceof Error ? error.message : String(error)}.`,
  });
}

/** The error of a sample that is not in n8n's storage. */
export function missing(
  context: IExecuteFunctions,
  { name, itemIndex }: { name: string; itemIndex: number },
): NodeOperationError {
  return inputError(context, itemIndex, {
    message: `n8n cannot find the file "${name}"`,
    description: `Run the nodes before this one again. In queue mode, it may be on another worker’s disk: all workers need shared storage (N8N_DEFAULT_BINARY_DATA_MODE, "database" or "s3").`,
    code: 'MISSING_SAMPLES',
  });
}

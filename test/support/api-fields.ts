import * as z from 'zod/v4-mini';
import { cloneParametersSchema } from '../../shared/clone-settings.ts';

/** A field of the API, as JSON Schema says it. */
export interface ApiField {
  type: 'string' | 'number' | 'boolean' | 'array';
  enum?: string[];
  items?: { enum: string[] };
  minimum?: number;
  maximum?: number;
}

const { properties } = z.toJSONSchema(cloneParametersSchema) as unknown as {
  properties: Record<string, ApiField>;
};

/** What can be set of a clone, by its name, from the one schema. */
export const apiFields = Object.entries(properties);

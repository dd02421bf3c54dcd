import * as z from 'zod/v4-mini';
import { cloneParametersSchema } from '../../shared/clone-settings.ts';

/** A field of the API, in JSON Schema. */
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

/** The clone settings and their names, from the schema that everything uses. */
export const apiFields = Object.entries(properties);

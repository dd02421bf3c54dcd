import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/v4-mini';
import { startCallersApiSimulator } from '../../emulators/callers-api/simulator.ts';
import { cloneParametersSchema } from '../../shared/clone-settings.ts';
import { type ApiField, apiFields } from '../support/api-fields.ts';
import { callersVoice } from '../support/callers-voice.ts';
import { wav } from '../support/wav.ts';

/*
 * The API's fields are written down four times, for different readers: the schema, n8n's screen, the options of
 * `callers-voice-clone init` and the simulator's rules. The API's documentation decides; these tests, and for n8n those of its
 * package, say who does not follow it.
 */

/** This one is a header. */
const formFields = apiFields.filter(([name]) => name !== 'subOrganizationId');

it('the schema has the fields that the API documents, with their types, ranges and values', () => {
  const { properties = {}, required } = z.toJSONSchema(cloneParametersSchema);
  // Our words, and what a header can hold.
  const withoutWords = JSON.parse(
    JSON.stringify(properties, (key, value: unknown) =>
      key === 'description' && typeof value === 'string' ? undefined : key === 'pattern' ? undefined : value,
    ),
  ) as unknown;
  expect(withoutWords).toEqual(Object.fromEntries(apiFields));
  expect(required).toEqual(['name']);
});

describe('callers-voice-clone init', () => {
  const optionOf: Record<string, string> = {
    providerType: 'provider',
    supportedLocales: 'locale',
    subOrganizationId: 'sub-organization',
  };

  it.each(apiFields)('has an option for %s', async (name, field) => {
    const folder = await mkdtemp(join(tmpdir(), 'callers-voice-'));
    try {
      await writeFile(join(folder, 'one.wav'), wav(100));
      const option = `--${optionOf[name] ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      const value = valueOf(field);
      const given = field.type === 'boolean' ? [option] : [option, String(value)];
      const { exitCode, stderr } = await callersVoice(
        ['init', folder, '--name', 'Amelia', ...given],
        {},
        folder,
      );
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).toHaveProperty(name, value);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the simulator', () => {
  it.each(formFields)('takes for %s what the API takes, and nothing else', async (name, field) => {
    const simulator = await startCallersApiSimulator();
    const statusOf = async (value: string) => {
      const form = new FormData();
      if (name !== 'name') form.append('name', 'Amelia');
      form.append(name, value);
      form.append('files', new File([wav(10)], 'one.wav', { type: 'audio/wav' }));
      const request = new Request(`${simulator.url}/voices/voice-clone`, {
        method: 'POST',
        headers: { authorization: 'a-key' },
        body: form,
      });
      const body = await request.arrayBuffer();
      const { status } = await fetch(request.url, { method: 'POST', headers: request.headers, body });
      return status;
    };
    try {
      const { right, wrong } = examplesOf(field);
      for (const value of right) expect([value, await statusOf(value)]).toEqual([value, 201]);
      for (const value of wrong) expect([value, await statusOf(value)]).toEqual([value, 400]);
    } finally {
      await simulator.close();
    }
  });
});

function valueOf({ type, enum: values, items, maximum }: ApiField): unknown {
  switch (type) {
    case 'string':
      return values?.at(-1) ?? 'a-text';
    case 'array':
      return [items?.enum.at(-1)];
    case 'number':
      return maximum;
    case 'boolean':
      return true;
  }
}

function examplesOf({ type, minLength = 0, enum: values, items, minimum = 0, maximum = 0 }: ApiField) {
  switch (type) {
    case 'string':
      if (values) return { right: values, wrong: ['OTHER'] };
      return minLength > 0
        ? { right: ['a'.repeat(minLength)], wrong: ['a'.repeat(minLength - 1)] }
        : { right: ['a text'], wrong: [] };
    case 'array':
      return { right: items?.enum ?? [], wrong: ['xx-XX'] };
    case 'number':
      return {
        right: [String(minimum), String(maximum)],
        wrong: [String(minimum - 0.01), String(maximum + 0.01)],
      };
    case 'boolean':
      return { right: ['true', 'false'], wrong: ['yes'] };
  }
}

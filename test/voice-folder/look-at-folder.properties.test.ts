import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplesIn } from '../../functions/clone-voice/send/s3-samples.ts';
import { lookAtFolder, type VoiceFolder } from '../../voice-folder/s3/look-at-folder.ts';
import { defaultRules } from '../../voice-folder/rules.ts';
import { anyCharacter, hostileText, sampleName, validManifest } from '../support/arbitraries.ts';
import { memoryS3, type Objects, put } from '../functions/crash-points/memory-s3.ts';
import { runs } from '../support/runs.ts';

const uploadedAt = new Date('2026-11-22T00:00:00Z');
const now = new Date('2026-11-22T00:01:00Z');
const folder = 'voices/alice/';

/** Looks at a folder of these files; `asked` are the keys and prefixes that S3 was asked for. */
async function look(files: Record<string, string>): Promise<{ found: VoiceFolder; asked: string[] }> {
  const objects: Objects = new Map();
  for (const [name, text] of Object.entries(files)) put(objects, folder + name, text, uploadedAt);
  const asked: string[] = [];
  const s3 = memoryS3(
    objects,
    (name, effect) => {
      const key = name.slice(name.indexOf(' ') + 1);
      asked.push(key);
      // As the SDK does: a key that is not UTF-8 throws instead of becoming a request.
      encodeURIComponent(key);
      return Promise.resolve().then(effect);
    },
    () => now,
  );
  const upload = {
    bucket: 'voices',
    key: `${folder}manifest.json`,
    sequencer: '1',
    uploadedAt,
    isCopy: false,
  };
  const found = await lookAtFolder(s3, upload, { now: () => now, requestId: 'request', rules: defaultRules });
  if (found.kind === 'complete') {
    const samples = await samplesIn(s3, upload, found.samples, () => {});
    for (const sample of samples) await sample.open(new AbortController().signal);
  }
  return { found, asked };
}

const halves = fc.constantFrom('\ud800', '\udfff', 'a\udc00\ud800');
const names = fc.array(
  fc.oneof(
    sampleName,
    hostileText(),
    fc.array(fc.oneof(sampleName, halves), { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join('')),
    fc
      .array(fc.constantFrom('..', '.', '', 'a', 'b.wav', '%2e%2e', '\\..'), { minLength: 1, maxLength: 4 })
      .map((segments) => segments.join('/')),
  ),
  { minLength: 1, maxLength: 2 },
);

describe('a voice folder', () => {
  it('never leads outside itself, whatever names its manifest lists, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (files) => {
        const { found, asked } = await look({ 'manifest.json': JSON.stringify({ name: 'Alice', files }) });
        expect(['unusable', 'incomplete']).toContain(found.kind);
        expect(asked.filter((key) => !key.startsWith(folder) || /\/\.{0,2}\//.test(key))).toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });

  it('copes with any bytes in its manifest, and keeps its problems short enough to read', async () => {
    const size = fc.integer({ min: 1, max: 10_000 });
    const long = fc.oneof(
      size.map((length) => JSON.stringify({ name: 'Alice', supportedLocales: Array(length).fill(0) })),
      size.map((length) => {
        const items = Array.from({ length }, (_, index) => index.toString(36));
        return JSON.stringify({ name: 'Alice', files: [...items, ...items] });
      }),
      size.map((length) => JSON.stringify({ ['x'.repeat(length)]: 1 })),
      size.map((length) =>
        JSON.stringify(Object.fromEntries(Array.from({ length }, (_, index) => [`x${index}`, 1]))),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(long, fc.json(), fc.string({ unit: anyCharacter })), async (manifest) => {
        const { found } = await look({ 'manifest.json': manifest });
        expect(found).toMatchObject({ kind: 'unusable', fault: { code: 'INVALID_MANIFEST' } });
        const issues = found.kind === 'unusable' && 'issues' in found.fault ? found.fault.issues : [];
        expect(issues.filter(({ path, message }) => path.length + message.length > 2_000)).toEqual([]);
        expect(JSON.stringify(found).length).toBeLessThan(100_000);
      }),
      { numRuns: runs(60) },
    );
  });

  it('sends each of its files once, however often and in whatever Unicode form it is named', async () => {
    const forms = fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD');
    const name = fc.constantFrom('Zoë.wav', 'größe.mp3', 'Å.wav', 'a/é.wav', '각.wav', 'plain.wav', 'ﬁ.wav');
    const inForm = fc.tuple(name, forms).map(([text, form]) => text.normalize(form));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(inForm, { minLength: 1, maxLength: 5 }),
        fc.uniqueArray(inForm, { minLength: 1, maxLength: 6 }),
        async (files, stored) => {
          const { asked, found } = await look({
            'manifest.json': JSON.stringify({ name: 'Alice', files }),
            ...Object.fromEntries(stored.map((each, index) => [each, 'x'.repeat(index + 1)])),
          });
          const sent = asked.slice(asked.lastIndexOf(folder) + 1).filter((key) => !key.endsWith('/'));
          expect(sent).toEqual([...new Set(sent)]);
          // And it is complete if and only if each name that it lists is there, in any form.
          const there = new Set(stored.map((each) => each.normalize()));
          const complete = files.every((each) => there.has(each.normalize()));
          expect(found.kind).toBe(complete ? 'complete' : 'incomplete');
        },
      ),
      { numRuns: runs(400) },
    );
  });

  it('means the same drop in any order of the manifest’s keys', async () => {
    await fc.assert(
      fc.asyncProperty(
        validManifest,
        fc.infiniteStream(fc.nat()),
        async ({ settings, subOrganizationId }, order) => {
          const members = Object.entries({ ...settings, subOrganizationId });
          const shuffled = members
            .map((member) => ({ member, rank: order.next().value }))
            .toSorted((a, b) => a.rank - b.rank)
            .map(({ member }) => member);
          const fingerprints = [];
          for (const each of [members, shuffled]) {
            const manifest = JSON.stringify(Object.fromEntries(each), null, fingerprints.length);
            const { found } = await look({ 'manifest.json': manifest, 'one.wav': 'x' });
            fingerprints.push(found.kind === 'complete' && found.drop.fingerprint);
          }
          expect(fingerprints[0]).toMatch(/^[\w-]{24}$/);
          expect(fingerprints[1]).toBe(fingerprints[0]);
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { voicesIn } from '../../shared/voice.ts';

const voice = {
  id: '3fa85f64',
  voiceId: '21m00Tcm4TlvDq8ikWAM',
  name: 'Alice',
  isMultilingual: true,
  supportedLocales: ['en-US'],
  ttsClient: 'elevenlabs',
  organizationId: 'org-1',
  settings: { stability: 0.5, nested: { any: [1, null] } },
};

describe('the voices of an answer', () => {
  it('may hold anything in their settings; what nests endlessly is left out, and the voice is not lost', () => {
    const settingsOf = (levels: number): unknown => (levels === 0 ? 1 : { in: settingsOf(levels - 1) });
    const withLevels = (levels: number) => [{ ...voice, settings: settingsOf(levels) }];
    const { settings: _, ...without } = voice;
    expect(voicesIn(withLevels(20))).toEqual(withLevels(20));
    expect(voicesIn(withLevels(100))).toEqual([without]);
  });

  it.each(['voiceId', 'isMultilingual', 'supportedLocales', 'ttsClient'])(
    'count without a valid %s: the voice is paid for',
    (field) => {
      const { [field as 'voiceId']: _, ...without } = voice;
      for (const odd of [without, { ...voice, [field]: null }, { ...voice, [field]: 5 }]) {
        expect(voicesIn([odd])).toEqual([without]);
      }
    },
  );

  it.each(['id', 'name'])('need their %s', (field) => {
    const { [field as 'id']: _, ...without } = voice;
    expect(voicesIn([without])).toEqual([]);
    expect(voicesIn([voice, { ...voice, [field]: null }, null])).toEqual([voice]);
  });

  it('may come without a list, and with a number for an identifier', () => {
    expect(voicesIn(voice)).toEqual([voice]);
    expect(voicesIn([{ ...voice, id: 42 }])).toEqual([{ ...voice, id: '42' }]);
  });

  it.each([[[]], [null], [[null]], [{ voices: [voice] }], ['created'], [[[voice]]]])(
    'are not %j',
    (answer) => {
      expect(voicesIn(answer)).toEqual([]);
    },
  );
});

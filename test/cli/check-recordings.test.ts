import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callersVoice } from '../support/callers-voice.ts';
import { type Checked, checkedFolder, type Content, NO_FFMPEG } from '../support/checked-folder.ts';
import { qualityCodes } from '../../cli/audio/quality.ts';
import { recordings } from '../support/recordings.ts';
import { wav } from '../support/wav.ts';

/** For a program of its own. */
const WITH_FFMPEG = { PATH: process.env['PATH'] ?? '' };

const { here, folder, checked, codesOfEach } = checkedFolder();

/** The result of the first call, for all. */
function onlyOnce<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => (made ??= make());
}

/** Checks recordings together. @returns the codes of each, with and without ffmpeg */
function together(all: readonly (readonly [what: string, name: string, make: () => Content])[]) {
  const fileOf = (what: string, name: string) => `${what}${extname(name)}`;
  const codes = onlyOnce(async () => {
    const files = Object.fromEntries(all.map(([what, name, make]) => [fileOf(what, name), make()]));
    const found = await codesOfEach(files);
    return { found, alone: await codesOfEach(files, NO_FFMPEG) };
  });
  return async (what: string, name: string) => {
    const { found, alone } = await codes();
    const file = fileOf(what, name);
    return { found: found[file], alone: alone[file] };
  };
}

describe('check shows of a recording', () => {
  const { speech, sox, ffmpeg } = recordings();
  const pcm = { codec: 'PCM', sampleRate: 22_050, channels: 1 };

  const kinds: [name: string, make: () => Content, media: object][] = [
    ['WAV', () => speech(), { container: 'WAV', ...pcm, seconds: 8 }],
    [
      'WAV in stereo',
      () => ffmpeg('st.wav', ['-ac', '2']),
      { container: 'WAV', ...pcm, channels: 2, seconds: 8 },
    ],
    [
      'WAV in µ-law',
      () => ffmpeg('mu.wav', ['-c:a', 'pcm_mulaw']),
      { container: 'WAV', codec: 'µ-law', seconds: 8 },
    ],
    ['AIFF', () => ffmpeg('one.aiff'), { container: 'AIFF', ...pcm, seconds: 8 }],
    ['FLAC', () => ffmpeg('one.flac'), { container: 'FLAC', codec: 'FLAC', channels: 1, seconds: 8 }],
    ['MP3', () => ffmpeg('one.mp3'), { container: 'MP3', codec: 'MP3', bitsPerSecond: 32_000, seconds: 8 }],
    [
      'MP3 of no constant bit rate',
      () => ffmpeg('vbr.mp3', ['-q:a', '4', '-write_xing', '0']),
      { container: 'MP3', codec: 'MP3', sampleRate: 22_050, seconds: 8 },
    ],
    [
      'M4A',
      () => ffmpeg('one.m4a', ['-c:a', 'aac']),
      { container: 'MP4', codec: 'AAC', channels: 1, seconds: 8 },
    ],
    [
      'ALAC',
      () => ffmpeg('alac.m4a', ['-c:a', 'alac']),
      { container: 'MP4', codec: 'ALAC', channels: 1, seconds: 8 },
    ],
    [
      'MP3 in MP4',
      () => ffmpeg('mp3.mp4', ['-c:a', 'libmp3lame']),
      { container: 'MP4', codec: 'MP3', channels: 1, seconds: 8 },
    ],
    ['AAC', () => ffmpeg('one.aac'), { container: 'AAC', codec: 'AAC', sampleRate: 22_050, seconds: 8 }],
    ['Ogg', () => ffmpeg('one.ogg'), { container: 'Ogg', codec: 'Vorbis', seconds: 8 }],
    ['Opus', () => ffmpeg('one.opus'), { container: 'Ogg', codec: 'Opus', sampleRate: 24_000, seconds: 8 }],
    ['WebM', () => ffmpeg('one.webm'), { container: 'WebM', codec: 'Opus', seconds: 8 }],
    ['WMA', () => ffmpeg('one.wma'), { container: 'WMA', sampleRate: 22_050, seconds: 8 }],
    ['WAV from a pipe', () => piped(), { container: 'WAV', ...pcm, seconds: 8 }],
    // Not known to music-metadata, or misread.
    ['RF64', () => ffmpeg('rf.wav', ['-rf64', 'always']), { container: 'RF64', ...pcm, seconds: 8 }],
    ['CAF', () => ffmpeg('one.caf', ['-c:a', 'pcm_s16le']), { container: 'CAF', ...pcm, seconds: 8 }],
    ['AU', () => ffmpeg('one.au'), { container: 'AU', ...pcm, seconds: 8 }],
    ['AMR', () => sox('one.amr-nb', ['-r', '8000']), { container: 'AMR', codec: 'AMR', sampleRate: 8_000 }],
    ['3GP', () => ffmpeg('one.3gp', ['-c:a', 'aac']), { container: 'MP4', codec: 'AAC', seconds: 8 }],
    ['QuickTime', () => ffmpeg('one.mov', ['-c:a', 'aac']), { container: 'MP4', codec: 'AAC', seconds: 8 }],
  ];
  // Together, as a check for each would start as many ffmpegs.
  const checkedKinds = onlyOnce(async () => {
    const files = Object.fromEntries(kinds.map(([name, make]) => [`${name}.wav`, make()]));
    const heard = await checked(files);
    return { heard, alone: await checked(files, {}, NO_FFMPEG) };
  });

  it.each(kinds)('what it is: %s', async (name, _make, media) => {
    const { heard, alone } = await checkedKinds();
    expect(heard.isHeard).toBe(true);
    expect(inWholeSeconds(heard, `${name}.wav`)).toMatchObject(media);
    // Without ffmpeg, facts must be right, or missing.
    const facts = inWholeSeconds(alone, `${name}.wav`);
    const told = Object.entries(media).filter(([field]) => field in facts);
    expect(facts).toMatchObject(Object.fromEntries(told));
    expect('seconds' in facts).toBe(!['RF64', 'CAF', 'AU', 'AMR'].includes(name));
  });

  function inWholeSeconds({ samples }: Checked, file: string): object {
    const { seconds, ...media } = samples.find(({ name }) => name === file)?.media ?? {};
    return seconds === undefined ? media : { ...media, seconds: Math.round(Number(seconds)) };
  }

  function piped(): Buffer {
    return execFileSync('ffmpeg', ['-v', 'error', '-i', speech(), '-f', 'wav', '-']);
  }

  it('in a table with a sum, and how loud it is', async () => {
    folder({ 'a.wav': speech(), 'b.mp3': ffmpeg('one.mp3'), 'c.wav': ffmpeg('rf.wav', ['-rf64', 'always']) });
    const { stdout, exitCode } = await callersVoice(['check', 'voice'], WITH_FFMPEG, here());
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^✔ voice {2}3 samples, 24\.\d s, 7\d\d KiB\n {2}SAMPLE +LENGTH +FORMAT/);
    expect(stdout).toMatch(
      / {2}a\.wav +8\.0 s +WAV \(PCM\) +22\.05 kHz +mono +35\d kb\/s +-2\d\.\d LUFS +-3\.0 dB\n/,
    );
    expect(stdout).not.toContain('no ffmpeg');
    const without = await callersVoice(['check', 'voice'], {}, here());
    expect(without.stdout).toMatch(/^✔ voice {2}3 samples, unknown length, /);
    expect(without.stdout).toMatch(/ {2}c\.wav +unknown +RF64 +\? +\? +\?\n/);
    expect(without.stdout).toContain('ffmpeg is not on PATH');
    expect(await checked({})).toMatchObject({ seconds: expect.closeTo(24, 0) as number });
  });
});

describe('check warns of a recording', () => {
  const { at, call, ffmpeg, noisy, silent, sox, speech } = recordings();
  const half = (file: Buffer) => file.subarray(0, file.length / 2);
  const twice = (file: Buffer) => Buffer.concat([file, file]);
  const converted = (name: string) => {
    sox('8000.wav', ['-r', '8000']);
    return ffmpeg(name, ['-ar', '44100'], at('8000.wav'));
  };
  /** Behind an ID3 tag of so many blocks of 16 KiB and 256 bytes, as id3v2 writes it in front of any file. */
  const titled = (file: Buffer, blocks = 0) =>
    Buffer.concat([
      Buffer.from([73, 68, 51, 3, 0, 0, 0, blocks, 2, 0]),
      Buffer.alloc(256 + blocks * 16_384),
      file,
    ]);

  const faults: [code: string, what: string, name: string, make: () => Content, alone: boolean][] = [
    ['WRONG_EXTENSION', 'M4A named MP3', 'one.mp3', () => ffmpeg('one.m4a', ['-c:a', 'aac']), true],
    ['WRONG_EXTENSION', 'MP3 under the name of WAV', 'one.wav', () => ffmpeg('one.mp3'), true],
    ['UNKNOWN_FORMAT', 'nothing that anybody knows', 'one.mp3', () => noFormat(), true],
    [
      'UNKNOWN_FORMAT',
      'CAF, of no provider',
      'one.caf',
      () => ffmpeg('one.caf', ['-c:a', 'pcm_s16le']),
      true,
    ],
    [
      'UNKNOWN_FORMAT',
      'a WAV with the title of an MP3',
      'one.wav',
      () => titled(readFileSync(speech())),
      true,
    ],
    ['UNKNOWN_FORMAT', 'an Ogg with a cover of an MP3', 'one.ogg', () => titled(ffmpeg('one.ogg'), 3), true],
    ['TRUNCATED', 'half of a WAV', 'one.wav', () => half(readFileSync(speech())), true],
    ['TRUNCATED', 'half of an MP3', 'one.mp3', () => half(ffmpeg('one.mp3')), true],
    ['TRUNCATED', 'half of an Ogg', 'one.ogg', () => half(ffmpeg('one.ogg')), true],
    ['TRUNCATED', 'half of an AIFF', 'one.aiff', () => half(ffmpeg('one.aiff')), true],
    [
      'TRUNCATED',
      'half of an M4A, index first',
      'one.m4a',
      () => half(ffmpeg('f.m4a', ['-movflags', 'faststart'])),
      true,
    ],
    ['TRUNCATED', 'half of a FLAC', 'one.flac', () => half(ffmpeg('one.flac')), true],
    ['JOINED', 'two WAVs', 'one.wav', () => twice(readFileSync(speech())), true],
    ['JOINED', 'two AIFFs', 'one.aiff', () => twice(ffmpeg('one.aiff')), true],
    ['JOINED', 'two FLACs', 'one.flac', () => twice(ffmpeg('one.flac')), true],
    ['JOINED', 'two takes of a browser', 'one.webm', () => twice(ffmpeg('one.webm')), true],
    ['JOINED', 'two M4As', 'one.m4a', () => twice(ffmpeg('one.m4a', ['-c:a', 'aac'])), true],
    ['TELEPHONE', '8 kHz', 'one.wav', () => sox('telephone.wav', ['-r', '8000']), true],
    ['TELEPHONE', 'what was converted from 8 kHz', 'one.wav', () => converted('converted.wav'), false],
    ['TELEPHONE', 'what was converted from 8 kHz to MP3', 'one.mp3', () => converted('converted.mp3'), false],
    ['CLIPPED', 'too much gain', 'one.wav', () => sox('loud.wav', [], ['gain', '15']), false],
    ['CLIPPED', 'too much gain, in MP3', 'one.mp3', () => loud('loud.mp3'), false],
    ['CLIPPED', 'too much gain, in Ogg', 'one.ogg', () => loud('loud.ogg'), false],
    ['VERY_QUIET', 'too little gain', 'one.wav', () => sox('quiet.wav', [], ['gain', '-30']), false],
    ['NOISY', 'a fan beside the microphone', 'one.wav', () => noisy(0.06), false],
    ['MOSTLY_SILENCE', 'much silence', 'one.wav', () => sox('rare.wav', [], ['pad', '0', '30']), false],
    ['LONG_PAUSE', 'six seconds of silence', 'one.wav', () => sox('pause.wav', [], ['pad', '6@4']), false],
    ['TWO_VOICES', 'a call', 'one.wav', () => call(), false],
    ['SILENT', 'three seconds of silence', 'one.wav', () => silent(3), false],
  ];
  const faulty = together(faults.map(([, what, name, make]) => [what, name, make]));

  it.each(faults)('%s: %s', async (code, what, name, _make, isFoundAlone) => {
    const { found, alone } = await faulty(what, name);
    // Half a minute of silence is a long pause as well.
    expect(found?.filter((each) => each !== 'LONG_PAUSE' || code === each)).toEqual([code]);
    expect(alone).toEqual(isFoundAlone ? [code] : []);
  });

  it('with a single error when it is silent', async () => {
    folder({ 'one.wav': silent(3) });
    const { exitCode, stdout } = await callersVoice(['check', 'voice'], WITH_FFMPEG, here());
    expect(exitCode).toBe(1);
    expect(stdout).toContain('error is silent from beginning to end');
    expect((await checked({ 'one.wav': sox('quiet.wav', [], ['gain', '-30']) })).ok).toBe(true);
  });

  const good: [what: string, name: string, make: () => Content][] = [
    ['speech', 'one.wav', () => speech()],
    ['speech in MP3', 'one.mp3', () => ffmpeg('one.mp3')],
    ['speech in M4A', 'one.m4a', () => ffmpeg('one.m4a', ['-c:a', 'aac'])],
    ['Voice Memos', 'one.qta', () => ffmpeg('one.mov', ['-c:a', 'aac'])],
    ['a phone', 'one.3gp', () => ffmpeg('one.3gp', ['-c:a', 'aac'])],
    ['a browser', 'one.webm', () => ffmpeg('one.webm')],
    ['the second half', 'one.opus', () => ffmpeg('half.opus', ['-af', 'atrim=start=4'])],
    ['a pipe', 'one.wav', () => execFileSync('ffmpeg', ['-v', 'error', '-i', speech(), '-f', 'wav', '-'])],
    ['a loud recording', 'one.wav', () => sox('gain.wav', [], ['gain', '3'])],
    ['a room', 'one.wav', () => noisy(0.003)],
    ['the same on both sides', 'one.wav', () => ffmpeg('st.wav', ['-ac', '2'])],
    ['one side only', 'one.wav', () => sox('left.wav', ['-c', '2'], ['remix', '1', '0'])],
    ['16 kHz', 'one.wav', () => sox('16k.wav', ['-r', '16000'])],
    ['pauses of four seconds', 'one.wav', () => sox('short.wav', [], ['pad', '4@4'])],
  ];
  const fine = together(good);

  it.each(good)('not of %s', async (what, name) => {
    expect(await fine(what, name)).toEqual({ found: [], alone: [] });
  });

  it('of headers without sound, as the function does, and of zeros', async () => {
    const { problems, ok } = await checked({ 'a.wav': wav(44), 'b.mp3': Buffer.alloc(100_000) });
    expect(ok).toBe(false);
    expect(problems.map(({ file, code, message }) => [file, code, message])).toEqual([
      ['a.wav', 'NO_SOUND', 'is an audio file without sound'],
      ['b.mp3', 'NOT_AUDIO', 'is nothing but zeros, not audio'],
    ]);
  });

  it('of an MP3’s tag in front of an index, which then points beside the sound', async () => {
    const { problems } = await checked({ 'one.m4a': titled(ffmpeg('one.m4a', ['-c:a', 'aac'])) });
    expect(problems.map(({ code }) => code)).toEqual(['NOT_HEARD', 'UNKNOWN_FORMAT']);
    expect(problems[1]).toMatchObject({
      message:
        'begins with a tag of MP3, so its index points beside the sound: many programs hear noise or nothing',
      suggestion: 'remove the tag; saving it in another format does not help',
    });
  });

  it('of that, and takes nothing for its sound that ffmpeg makes of a wrong place', async () => {
    const pcm = Buffer.concat([
      Buffer.from('ID3\x03\0\0\0\0\0\x01\0', 'latin1'),
      ffmpeg('pcm.mov', ['-c:a', 'pcm_s16le']),
    ]);
    const { problems, samples } = await checked({ 'one.m4a': pcm });
    expect(problems.map(({ code }) => code)).toEqual(['UNKNOWN_FORMAT']);
    expect(samples[0]).not.toHaveProperty('sound');
  });

  it('but never lets a playlist lead ffmpeg to other files', async () => {
    copyFileSync(speech(), join(here(), 'secret.wav'));
    const playlist = Buffer.concat([
      Buffer.from(
        `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:8,\n${join(here(), 'secret.wav')}\n#EXT-X-ENDLIST\n`,
      ),
      Buffer.from([0, 1, 2, 3]),
    ]);
    const { samples } = await checked({ 'one.mp3': playlist });
    expect(samples[0]).not.toHaveProperty('sound');
  });

  function loud(name: string): Buffer {
    sox('loud.wav', [], ['gain', '15']);
    return ffmpeg(name, [], at('loud.wav'));
  }

  /** Noise, which is like nothing. */
  function noFormat(): Buffer {
    return wav(300_000).subarray(1_000);
  }
});

describe('check says what a provider says', () => {
  const { speech, sox, ffmpeg } = recordings();
  const said = async (provider: string, files: Record<string, Content>, path?: string) => {
    const { problems } = await checked(files, { providerType: provider }, path);
    return problems
      .filter(({ source }) => source !== undefined)
      .map(({ file, message }) => `${file} ${message}`);
  };

  it('of ElevenLabs: together under a minute, or over three', async () => {
    expect(await said('ELEVENLABS', { 'one.wav': speech(54) })).toEqual([
      'manifest.json has 54 seconds of samples; ElevenLabs wants at least 1 minute, ideally 1 to 2',
    ]);
    expect(await said('ELEVENLABS', { 'one.wav': speech(57) })).toEqual([]);
    expect(await said('ELEVENLABS', { 'two.wav': speech(126) })).toEqual([]);
    expect(await said('ELEVENLABS', { 'three.wav': speech(3) })).toEqual([
      'manifest.json has 3 minutes of samples; ElevenLabs advises against more than 3 minutes, ideally 1 to 2',
    ]);
  });

  it('of ElevenLabs: nothing on the sum where a length is not known', async () => {
    const files = { 'one.wav': speech(), 'two.caf': ffmpeg('one.caf', ['-c:a', 'pcm_s16le']) };
    expect(await said('ELEVENLABS', files, NO_FFMPEG)).toEqual([]);
    expect(await said('ELEVENLABS', files)).toEqual([expect.stringContaining('16 seconds of samples')]);
  });

  it('of ElevenLabs: MP3 of a low bit rate, and what is too loud or too quiet', async () => {
    const long = speech(57);
    const mp3 = (name: string, ...options: string[]) => ffmpeg(name, ['-ar', '44100', ...options], long);
    expect(await said('ELEVENLABS', { 'one.mp3': mp3('48.mp3', '-b:a', '48k') })).toEqual([
      'one.mp3 is an MP3 with 48 kb/s; ElevenLabs recommends at least 128 kb/s',
    ]);
    expect(await said('ELEVENLABS', { 'one.mp3': mp3('96.mp3', '-b:a', '96k', '-ac', '2') })).toEqual([
      'one.mp3 is an MP3 with 96 kb/s for both channels; ElevenLabs recommends at least 128 kb/s',
    ]);
    expect(await said('ELEVENLABS', { 'one.mp3': mp3('64.mp3', '-b:a', '64k') })).toEqual([]);
    expect(await said('ELEVENLABS', { 'one.mp3': sox('q.wav', [], ['gain', '-18'], long) })).toEqual([
      expect.stringMatching(/^one\.mp3 is too quiet: -\d\d dB RMS; ElevenLabs wants -23 to -18 dB$/),
    ]);
    expect(await said('ELEVENLABS', { 'one.mp3': sox('l.wav', [], ['gain', '20'], long) })).toEqual([
      expect.stringMatching(/^one\.mp3 is too loud: -\d dB RMS/),
    ]);
  });

  it('of Cartesia: several clips, long ones, short ones', async () => {
    expect(await said('CARTESIA', { 'one.wav': speech(5) })).toEqual([]);
    expect(await said('CARTESIA', { 'one.wav': speech(21) })).toEqual([
      'one.wav has 21 seconds; Cartesia wants a clip of about 5 seconds',
    ]);
    expect(await said('CARTESIA', { 'one.wav': speech(2), 'two.wav': speech(5) })).toEqual([
      'manifest.json has 2 samples; Cartesia clones a voice from one clip',
      'one.wav has 2 seconds; Cartesia wants a clip of 3 to 10 seconds',
    ]);
  });

  it.each<[string, () => Content, string | undefined]>([
    ['one.wav', () => speech(), undefined],
    ['one.mp3', () => ffmpeg('one.mp3'), undefined],
    ['one.m4a', () => ffmpeg('one.m4a', ['-c:a', 'aac']), undefined],
    ['mulaw.wav', () => ffmpeg('mu.wav', ['-c:a', 'pcm_mulaw']), 'µ-law in WAV'],
    ['alac.m4a', () => ffmpeg('alac.m4a', ['-c:a', 'alac']), 'ALAC in MP4'],
    ['one.flac', () => ffmpeg('one.flac'), 'FLAC'],
    ['ogg.mp3', () => ffmpeg('one.ogg'), 'Vorbis in Ogg'],
  ])('of Google Cloud, by what is in %s', async (name, make, described) => {
    for (const path of [undefined, NO_FFMPEG]) {
      const warnings = await said('GOOGLE_CLOUD', { [name]: make() }, path);
      const expected = `${name} is ${described}, not a format that Google Cloud accepts for a custom voice: WAV (PCM), MP3, M4A`;
      expect(warnings).toEqual(described === undefined ? [] : [expected]);
      rmSync(join(here(), 'voice'), { recursive: true });
    }
  });
});

it('docs/recordings.md has a row for each thing that check warns of', () => {
  const text = readFileSync(new URL('../../docs/recordings.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (?:error|warning) \|/gm)].map(([, code]) => code);
  expect(rows).toEqual(['NOT_AUDIO', 'NO_SOUND', ...qualityCodes, 'NOT_USED']);
});

import { describe, expect, it } from 'vitest';
import { ignoredFiles } from '../../voice-folder/ignored-files.ts';
import { judgeSamples } from '../../voice-folder/judge-samples.ts';

/** What is said of these files, beside a manifest that lists some or none. */
function ignored(names: readonly string[], files?: readonly string[]): Record<string, string> {
  const found = names.map((name) => ({ name, size: 1, content: name }));
  const manifest = files ? { files: [...files] } : {};
  const { samples } = judgeSamples(manifest, found, Infinity);
  return Object.fromEntries(ignoredFiles(manifest, found, samples).map(({ name, why }) => [name, why]));
}

describe('an unused file that looks like a recording', () => {
  it.each([
    ['IMG_0042.MOV', /^it is a video file: save the audio/],
    ['clip.mkv', /^it is a video file/],
    ['memo.w64', /^no provider documents its format: save/],
    ['call.gsm', /^no provider documents/],
    ['song.m4p', /^no provider documents/],
    ['take2.m4a.icloud', /^it is iCloud’s placeholder for "take2\.m4a"/],
    ['.take2.m4a.icloud', /^it is iCloud’s placeholder for "take2\.m4a"/],
    ['take2.MOV.icloud', /^it is iCloud’s placeholder/],
    ['take2.wav.cloud', /^it is OneDrive’s placeholder/],
    ['take2.wav.crdownload', /^its download is incomplete/],
    ['take2.wav.part', /^its download is incomplete/],
    ['take2.wav.opdownload', /^its download is incomplete/],
    ['take2.wav.cyberduckpart', /^its download is incomplete/],
    ['take2.wav.!qB', /^its download is incomplete/],
    ['take2.wav.!ut', /^its download is incomplete/],
    ['take2.wav.bc!', /^its download is incomplete/],
    ['take2.wav.xltd', /^its download is incomplete/],
    ['take2.wav.baiduyun.p.downloading', /^its download is incomplete/],
    ['take2.wav.1a2b3c4d.partial', /^its download is incomplete/],
    ['take2.wav.d41d8cd98f00b204e9800998ecf8427e-2.part.minio', /^its download is incomplete/],
    ['take2.wav.part.minio', /^its download is incomplete/],
    ['take2.wav.9fE21a0B', /^its download is incomplete/],
    ['take2.wav_.gstmp', /^its download is incomplete/],
    ['one.mp3.aria2', /^it marks an incomplete download of "one\.mp3"/],
    ['one.mp3.st', /^it marks an incomplete download of "one\.mp3"/],
    ['one.mp3.lftp-pget-status', /^it marks an incomplete download of "one\.mp3"/],
    ['take2.wav ', /^its name ends with a space/],
    ['take2.wav~', /^its name ends with "~": rename it to take2\.wav/],
    ['take2.wav.1', /^its name ends with "\.1": rename/],
    ['take2 (1).wav (2)', /^its name ends with " \(2\)"/],
    ['take.mp3?token=a.b', /^its name ends with "\?token=a\.b": rename it to take\.mp3/],
    ['take2.wav.bak', /^its name ends with "\.bak": rename it to take2\.wav/],
    ['take2.mp3.gz', /^it is compressed: unpack it/],
    ['take.bwf', /rename it to end with \.wav/],
    ['take.adts', /rename it to end with \.aac/],
    ['takes/one.wav', /^it is in a subfolder: move it/],
    ['takes/deep/one.mp3', /^it is in a subfolder/],
    ['takes/', /^it is a folder: list its samples/],
  ])('is %s', (name, why) => {
    expect(ignored(['one.mp3', name])).toEqual({ [name]: expect.stringMatching(why) as string });
  });

  it.each(
    'dts eac3 ec3 rm qcp aax adts bwf sox raw pcm vox sln g722 ulaw alaw ac3 gsm mov aup3 m4p'.split(' '),
  )('is take.%s', (extension) => {
    expect(
      Object.keys(ignored(['one.mp3', `take.${extension}`, `TAKE.${extension.toUpperCase()}`])),
    ).toHaveLength(2);
  });

  it.each([
    'Manifest.json',
    'manifest (1).json',
    'manifest (1).json.txt',
    'manifest.json.txt',
    'manifest.json (2)',
    'manifest - Copy.json',
    'manifest - Copy - Copy (2).json',
    'manifest.json - Kopie.txt',
    'manifest copy 2.json',
    'Manifest - Co\u0301pia.json',
    'Copy of manifest.json',
  ])('is %s, beside the manifest', (name) => {
    expect(ignored(['one.mp3', 'manifest.json', name])).toEqual({
      [name]: 'only manifest.json counts: if you mean this one, give it that name',
    });
  });

  it('has no extension, but may be audio', () => {
    const names = [
      '8f14e45f',
      'Interview 12.5.2026',
      'LICENSE',
      'Makefile',
      '.hidden',
      'notes.txt',
      'notes.txt~',
      'cover.jpg (1)',
      'take.mp3.json',
    ];
    const found = names.map((name) => ({ name }));
    expect(ignoredFiles({}, found, [], () => true).map(({ name }) => name)).toEqual([
      '8f14e45f',
      'Interview 12.5.2026',
    ]);
    const download = [{ name: 'Unconfirmed 7.crdownload' }];
    expect(ignoredFiles({}, download, [], () => true)[0]?.why).toBe('its download is incomplete');
  });

  it.each(['two.wav', 'two.3gp', 'takes/two.wav'])('is %s where the manifest lists others', (name) => {
    expect(ignored(['one.mp3', name], ['one.mp3'])).toEqual({ [name]: '"files" does not list it' });
  });

  it('comes in name order, and at most a hundred times', () => {
    const names = Array.from({ length: 300 }, (_, index) => `${300 - index}.mov`);
    const found = Object.keys(ignored(names));
    expect(found).toHaveLength(100);
    expect(found[0]).toBe('1.mov');
    expect(ignored(names)).toMatchObject({ '…': '201 more files are not used either' });
  });
});

describe('nothing is reported for', () => {
  it.each([
    [
      'what is used',
      ['one.wav', 'memo.qta', 'a.3gp', 'b.3ga', 'c.m4b', 'd.mka', 'e.mp2', 'f.aifc', 'g.au', 'h.oga'],
    ],
    [
      'what is not a recording',
      ['notes.txt', 'cover.jpg', 'manifest.json', 'result.json', 'wav', 'one.wav.txt'],
    ],
    [
      'what is named like the manifest but kept on purpose',
      ['manifest.json.bak', 'manifest.json~', 'manifest-old.json', 'manifest.txt', 'old/manifest (1).json'],
    ],
    ['a copy of what is used', ['one.wav', 'one.wav~', 'one.wav.bak', 'one.wav.gz']],
    ['what is hidden', ['._one.mp3', '.DS_Store', '.Trash/one.wav', '.voice-clone/', '.one.wav']],
    [
      'what systems keep',
      ['__MACOSX/', '__MACOSX/._one.mp3', '@eaDir/', '@eaDir/one.mp3/SYNO.wav', '#recycle/one.wav'],
    ],
    ['a placeholder of no recording', ['notes.pages.icloud', 'letter.docx.part', 'film.torrent.!qB', 'Go!']],
    ['another voice folder below', ['amy/manifest.json', 'amy/one.wav', 'amy/takes/two.wav']],
  ])('%s', (_, names) => {
    expect(ignored(['zero.mp3', ...names])).toEqual({});
  });

  it('a file in a subfolder that the manifest lists, nor its folder', () => {
    expect(ignored(['takes/one.wav', 'takes/'], ['takes/one.wav'])).toEqual({});
  });

  it('a name in another Unicode form', () => {
    expect(ignored(['Zoe\u0308.wav'], ['Zo\u00eb.wav'])).toEqual({});
  });
});

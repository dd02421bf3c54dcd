const HEADER_BYTES = 44;
const NOISE_BYTES = 1024 * 1024;

/** As much of it as was asked for so far. */
const noise = Buffer.alloc(NOISE_BYTES);
let made = 0;
let value = 1;

function noiseOf(bytes: number): Buffer {
  for (; made < bytes; made++) {
    value = (value * 1_103_515_245 + 12_345) % 2_147_483_648;
    noise[made] = value >>> 16;
  }
  return noise.subarray(0, bytes);
}

/** A WAV file of this size: a real RIFF header, then the same megabyte of noise, repeated. */
export function wav(bytes: number): Buffer {
  const file = Buffer.alloc(Math.max(bytes, HEADER_BYTES));
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // mono
  file.writeUInt32LE(44_100, 24);
  file.writeUInt32LE(88_200, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(file.length - HEADER_BYTES, 40);
  const content = file.subarray(HEADER_BYTES);
  if (content.length > 0) content.fill(noiseOf(Math.min(content.length, NOISE_BYTES)));
  return file.subarray(0, bytes);
}

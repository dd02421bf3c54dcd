/** A WAV file of exactly that many bytes: a tone of two seconds, then silence; 16 bit, mono, 16 kHz. */
export function wav(bytes: number): Buffer {
  const file = Buffer.alloc(bytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(bytes - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // mono
  file.writeUInt32LE(16_000, 24);
  file.writeUInt32LE(32_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(bytes - 44, 40);
  for (let at = 44; at + 1 < Math.min(bytes, 64_000); at += 2)
    file.writeInt16LE(Math.round(3000 * Math.sin(at / 20)), at);
  return file;
}

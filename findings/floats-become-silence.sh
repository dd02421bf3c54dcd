#!/usr/bin/env bash
# A recording in floats becomes silence of the right length, without an error: Python's soundfile does not scale it if it is asked for integers (`dtype='int16'`), so that every sample is 0, and lamejs takes
# a Float32Array, as the Web Audio API gives, for integers, and makes an MP3 of nothing. Integers that soundfile writes as floats, in turn, are 84 dB too loud.
# version: python3-soundfile 0.12.1, libsndfile 1.2.0 (Debian 12), @breezystack/lamejs 1.2.7, ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts edits floats and saves integers with ffmpeg, which scales; check finds silent recordings
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 @breezystack/lamejs@1.2.7
apt-get download -qq 'python3-soundfile=0.12.1-*' 'libsndfile1=1.2.0-*' python3-numpy libblas3 liblapack3 libgfortran5 libquadmath0 python3-cffi-backend python3-cffi \
  python3-pycparser libflac12 libvorbisenc2 libvorbis0a libogg0 libopus0 libmpg123-0 libmp3lame0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

lib=$dir/usr/lib/x86_64-linux-gnu
cat > see.py <<'END_OF_SCRIPT'
import numpy
import soundfile

def peak(samples):
    return numpy.abs(samples.astype('float64')).max()

tone = 0.5 * numpy.sin(2 * numpy.pi * 300 * numpy.arange(3 * 48000) / 48000)
for name, subtype in ('floats.wav', 'FLOAT'), ('integers.wav', 'PCM_16'):
    soundfile.write(name, tone, 48000, subtype=subtype)
    samples, rate = soundfile.read(name, dtype='int16')
    print(f"soundfile.read('{name}', dtype='int16'): {len(samples) / rate:.0f} s, peak {peak(samples):.0f}")
soundfile.write('written.wav', samples, 48000, subtype='FLOAT')
print(f'soundfile.write of these integers as floats: peak {20 * numpy.log10(peak(soundfile.read("written.wav")[0])):.0f} dB')
END_OF_SCRIPT
cat > see.mjs <<'END_OF_SCRIPT'
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Mp3Encoder } from '@breezystack/lamejs';

const floats = Float32Array.from({ length: 3 * 48_000 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 300 * n) / 48_000));
const integers = Int16Array.from(floats, (sample) => sample * 32_767);
for (const [name, samples] of Object.entries({ integers, floats })) {
  const encoder = new Mp3Encoder(1, 48_000, 64);
  writeFileSync(`${name}.mp3`, Buffer.concat([encoder.encodeBuffer(samples), encoder.flush()].map((bytes) => Buffer.from(bytes))));
  const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', `${name}.mp3`, '-f', 's16le', '-'], { maxBuffer: 1e9 });
  const decoded = new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  const peak = decoded.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  console.log(`lamejs of ${name}: ${Math.round(decoded.length / 48_000)} s, peak ${peak > 3 ? 'of a tone' : 'of silence'}`);
}
END_OF_SCRIPT
{
  LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 see.py
  node see.mjs
} | tee seen
diff seen - <<'END_OF_SEEN'
soundfile.read('floats.wav', dtype='int16'): 3 s, peak 0
soundfile.read('integers.wav', dtype='int16'): 3 s, peak 16384
soundfile.write of these integers as floats: peak 84 dB
lamejs of integers: 3 s, peak of a tone
lamejs of floats: 3 s, peak of silence
END_OF_SEEN
echo 'floats become silence'

#!/usr/bin/env bash
# pydub's `set_frame_rate` does not filter: what is above the new rate's limit comes back at full strength as another sound, so that a 10 kHz tone becomes
# one of 6 kHz when 48 kHz are made 16, and every s of a voice hisses in a wrong place. ffmpeg and SoX remove what cannot be kept.
# version: python3-pydub 0.24.1, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts leaves resampling to ffmpeg, and resamples only to join takes of different rates
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'python3-pydub=0.24.1-*' 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

$ffmpeg -v error -f lavfi -i 'sine=f=10000:r=48000:d=3' -bitexact take.wav
PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore -c "
from pydub import AudioSegment
AudioSegment.from_wav('take.wav').set_frame_rate(16000).export('pydub.wav', format='wav')"
$ffmpeg -v error -i take.wav -bitexact -ar 16000 ffmpeg.wav
LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/sox take.wav -r 16000 sox.wav

# Of the second second: the mean level of its samples, and the frequency by how often they change their sign.
cat > measure.mjs <<'END'
import { readFileSync } from 'node:fs';
const second = (name, rate) => {
  const wav = readFileSync(`${name}.wav`);
  return Array.from({ length: rate }, (_, index) => wav.readInt16LE(44 + 2 * (rate + index)));
};
const mean = (samples) => 10 * Math.log10(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
const take = mean(second('take', 48000));
for (const name of ['pydub', 'ffmpeg', 'sox']) {
  const samples = second(name, 16000);
  const change = Math.round(mean(samples) - take);
  const crossings = samples.filter((sample, index) => index > 0 && sample < 0 !== samples[index - 1] < 0).length;
  console.log(`${name}: ${change < -40 ? 'the tone is gone' : `${Math.abs(change)} dB of change, a tone of ${Math.round(crossings / 2000)} kHz`}`);
}
END
node measure.mjs | tee seen
diff seen - <<'END'
pydub: 0 dB of change, a tone of 6 kHz
ffmpeg: the tone is gone
sox: the tone is gone
END
echo 'pydub made 6 kHz of 10 kHz'

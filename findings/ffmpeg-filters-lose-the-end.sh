#!/usr/bin/env bash
# Filters of ffmpeg cut off the end of a take, with exit code 0: the denoiser afftdn the last 25 ms or more, the equalizer superequalizer as much as it moves the rest of the sound, which is 4,096 samples, half a second of a
# telephone's recording. The length hides it: superequalizer's is longer here, and in 5.1.9 both keep it. lowpass, acompressor and dynaudnorm lose and move nothing.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 loses as much, and afftdn moves the sound by 25 ms
# our code: none: cli/prepare uses neither
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

# A faint tone, with something loud for 10 ms after a second, and for the last 20 ms.
$ffmpeg -v error -f lavfi -i 'aevalsrc=0.01*sin(2*PI*500*t)+0.5*sin(2*PI*1000*t)*(between(t\,1\,1.01)+gt(t\,3.98)):s=8000:d=4' take.wav
for filter in anull lowpass=f=3500 acompressor dynaudnorm afftdn superequalizer; do
  $ffmpeg -v error -i take.wav -af $filter -ar 8000 -f f32le - | node -e '
    const loud = [];
    const samples = new Float32Array(new Uint8Array(fs.readFileSync(0)).buffer);
    samples.forEach((sample, at) => Math.abs(sample) > 0.1 && loud.push(at / 8));
    const [first, last] = [loud[0], loud.at(-1)];
    console.log(`${process.argv[1]}: ${Math.round(samples.length / 8)} ms, first loud at ${Math.floor(first)} ms, ${last - first > 1000 ? "the end is heard" : "no end"}`)' $filter
done | tee seen
diff seen - <<'SEEN'
anull: 4000 ms, first loud at 1000 ms, the end is heard
lowpass=f=3500: 4000 ms, first loud at 1000 ms, the end is heard
acompressor: 4000 ms, first loud at 1000 ms, the end is heard
dynaudnorm: 4000 ms, first loud at 1000 ms, the end is heard
afftdn: 3975 ms, first loud at 1000 ms, no end
superequalizer: 4096 ms, first loud at 1512 ms, no end
SEEN
echo 'the end is lost'

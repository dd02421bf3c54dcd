#!/usr/bin/env bash
# ffmpeg's `adelay=1000`, to put a second of pause in front of a take, moves only the left side of a stereo recording: the right one begins at once, and mixed to mono, as speech models hear it, the voice speaks over
# itself. Exit code 0; a mono take is right. `adelay=1000|1000` moves both sides, as does `all=1`, which ffmpeg 4.1 does not know.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: none: cli/prepare/choose-side.ts keeps one side of a take, which then is whole
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=$dir/node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x "$ffmpeg"

"$ffmpeg" -v error -f lavfi -i 'sine=f=300:r=16000:d=4' mono.wav
"$ffmpeg" -v error -i mono.wav -ac 2 stereo.wav
# Where the sound of a side begins.
begins() {
  "$ffmpeg" -v error -i delayed.wav -af "pan=mono|c0=c$1" -f s16le - |
    node -e 'const raw = fs.readFileSync(0); let at = 0; while (Math.abs(raw.readInt16LE(at)) < 300) at += 2; console.log(`${(at / 32000).toFixed(1)} s`)'
}
for filter in adelay=1000 'adelay=1000|1000'; do
  for take in mono stereo; do
    "$ffmpeg" -v error -y -i $take.wav -af "$filter" delayed.wav
    echo "$filter, $take: begins at $(begins 0)$([ $take = mono ] || echo " on the left, $(begins 1) on the right")"
  done
done | tee seen
diff seen - <<'END'
adelay=1000, mono: begins at 1.0 s
adelay=1000, stereo: begins at 1.0 s on the left, 0.0 s on the right
adelay=1000|1000, mono: begins at 1.0 s
adelay=1000|1000, stereo: begins at 1.0 s on the left, 1.0 s on the right
END
echo 'the two sides were a second apart'

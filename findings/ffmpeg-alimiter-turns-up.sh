#!/usr/bin/env bash
# ffmpeg's alimiter turns everything up again by as much as it limits to: with `limit=0.5` (-6 dB) peaks are at full scale, not at -6 dB, and what was never above the
# limit is 6 dB louder, noise too. With `level=0` it limits, and leaves the rest alone.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: none: cli/prepare changes levels by a single factor; check measures the peaks of what was limited so
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
$ffmpeg -version | head -1

$ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=3' -af volume=15dB -bitexact loud.wav
$ffmpeg -v error -f lavfi -i 'sine=f=300:r=16000:d=3' -af volume=3dB -bitexact quiet.wav
# The highest sample of a file, from its bytes.
peak() { od -An -v -td2 -w2 -j 44 "$1" | awk '{ v = $1 < 0 ? -$1 : $1; if (v > p) p = v } END { printf "%.0f dB\n", 20 * log(p / 32768) / log(10) }' | sed 's/-0/0/'; }
for take in loud quiet; do
  for filter in limit=0.5 limit=0.5:level=0; do
    $ffmpeg -v error -y -i $take.wav -af "alimiter=$filter" -bitexact limited.wav
    echo "$take, alimiter=$filter: peaks at $(peak $take.wav) are at $(peak limited.wav)"
  done
done | tee seen
diff seen - <<'END'
loud, alimiter=limit=0.5: peaks at -3 dB are at 0 dB
loud, alimiter=limit=0.5:level=0: peaks at -3 dB are at -6 dB
quiet, alimiter=limit=0.5: peaks at -15 dB are at -9 dB
quiet, alimiter=limit=0.5:level=0: peaks at -15 dB are at -15 dB
END
echo 'limited to -6 dB is at 0 dB'

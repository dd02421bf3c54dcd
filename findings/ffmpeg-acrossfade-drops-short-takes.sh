#!/usr/bin/env bash
# ffmpeg's acrossfade drops a take that is shorter than the fade, and with it as much of the end of the take before it as the fade is long: a "Yes." of 0.8 seconds after or between two sentences is not heard at all if the
# fade lasts 1 second. By default it lasts 44,100 samples, which is 2.8 seconds of takes at 16,000 Hz. It says nothing and exits with 0. Longer takes it joins.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same, and writes an empty file if the short take is the first
# our code: cli/audio/edit.ts (joinFiles) joins without a fade
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
$ffmpeg -version | sed -n '1s/ Copyright.*//p'

# Sentences of 300 Hz, and one word of 1,000 Hz.
take() { $ffmpeg -v error -f lavfi -i "sine=f=$2:r=16000:d=$3" -bitexact "$1.wav"; }
take first 300 4
take last 300 3
for length in 0.3 0.8 1.5; do take $length 1000 $length; done
# The seconds of a file, and how many of them are mostly of 1,000 Hz, from how often each tenth of a second changes its sign.
heard() {
  tail -c +45 "$1" | od -An -v -td2 -w2 | awk '
    { if ($1 * before < 0) changes++; if ($1 != 0) before = $1 }
    NR % 1600 == 0 { if (changes > 130) high++; changes = 0 }
    END { printf "%.1f s, the word for %.1f s", NR / 16000, high / 10 }'
}
for case in 'd=1 0.3' 'd=1 0.8' 'd=1 1.5' 'default 1.5'; do
  read -r fade length <<<"$case"
  for order in "first $length" "first $length last"; do
    set -- $order
    inputs=() && for name; do inputs+=(-i "$name.wav"); done
    filter=acrossfade && [ "$fade" = default ] || filter+="=$fade"
    [ $# -eq 2 ] || filter="[0][1]$filter[a];[a][2]$filter"
    $ffmpeg -v error -y "${inputs[@]}" -filter_complex "$filter" -bitexact joined.wav >said 2>&1 && code=0 || code=$?
    echo "fade $fade, word of $length s, ${order//$length/word}: $(heard joined.wav), exit code $code, $(wc -c <said) bytes of errors"
  done
done | tee seen
diff seen - <<'END'
fade d=1, word of 0.3 s, first word: 3.0 s, the word for 0.0 s, exit code 0, 0 bytes of errors
fade d=1, word of 0.3 s, first word last: 5.0 s, the word for 0.0 s, exit code 0, 0 bytes of errors
fade d=1, word of 0.8 s, first word: 3.0 s, the word for 0.0 s, exit code 0, 0 bytes of errors
fade d=1, word of 0.8 s, first word last: 5.0 s, the word for 0.0 s, exit code 0, 0 bytes of errors
fade d=1, word of 1.5 s, first word: 4.5 s, the word for 1.1 s, exit code 0, 0 bytes of errors
fade d=1, word of 1.5 s, first word last: 6.5 s, the word for 0.7 s, exit code 0, 0 bytes of errors
fade default, word of 1.5 s, first word: 1.2 s, the word for 0.0 s, exit code 0, 0 bytes of errors
fade default, word of 1.5 s, first word last: 3.0 s, the word for 0.0 s, exit code 0, 0 bytes of errors
END
echo 'the short take is not in the file'

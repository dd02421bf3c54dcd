#!/usr/bin/env bash
# ffmpeg's loudnorm leaves a take of less than three seconds as quiet as it is, with exit code 0: told to make -16 LUFS, it makes -17 of 3.1 seconds of a voice, and -35 of 2.9. Of a folder of short takes, which are
# to be made equally loud, some stay 20 dB below the others.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); espeak-ng 1.51 (Debian 12)
# our code: cli/prepare/mend.ts measures the loudness and changes the level itself
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'espeak-ng=1.51*' 'espeak-ng-data=1.51*' 'libespeak-ng1=1.51*' libpcaudio0 libsonic0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu ESPEAK_DATA_PATH=$dir/usr/lib/x86_64-linux-gnu/espeak-ng-data usr/bin/espeak-ng -w spoken.wav \
  'The first word is here, and this is a longer sentence that goes on for a while.'

loudness() { ffmpeg -nostats -hide_banner -i "$1" -af ebur128 -f null - 2>&1 | sed -n 's/^ *I: *\(-[0-9.]*\) LUFS/\1/p' | tail -1; }
for seconds in 1 2.9 3.1; do
  ffmpeg -v error -y -i spoken.wav -t $seconds -af volume=-15dB take.wav
  ffmpeg -v error -y -i take.wav -af loudnorm=I=-16 -ar 22050 made.wav
  printf 'a take of %s s at %.0f LUFS: %.0f LUFS\n' $seconds "$(loudness take.wav)" "$(loudness made.wav)"
done | tee seen
diff seen - <<'END'
a take of 1 s at -35 LUFS: -34 LUFS
a take of 2.9 s at -36 LUFS: -35 LUFS
a take of 3.1 s at -36 LUFS: -17 LUFS
END
echo 'short takes stay quiet'

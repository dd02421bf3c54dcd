#!/usr/bin/env bash
# toast, the program of the GSM codec, takes a WAV for bare µ-law, header and all, whatever its name: of five seconds of a telephone's recording in 16 bits it makes ten of loud noise, with exit code 0, and deletes the
# recording, as gzip does. SoX makes a GSM file of the same WAV that has its length and sound.
# version: libgsm-tools 1.0.22, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: none: who has GSM files of a telephone system made of WAV this way has noise to clone
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'libgsm-tools=1.0.22-*' 'sox=14.4.2*' 'libsox3=14.4.2*' libsox-fmt-base libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

ffmpeg -v error -f lavfi -i 'sine=f=300:r=8000:d=5' -af volume=-12dB take.wav
measure() {
  printf '%s: %.1f seconds, mean level %.0f dB\n' "$1" "$(usr/bin/sox "$2" -n stat 2>&1 | sed -n 's/Length.*: *//p')" \
    "$(usr/bin/sox "$2" -n stats 2>&1 | sed -n 's/RMS lev dB *//p')"
}
usr/bin/sox take.wav sox.gsm
{
  measure take.wav take.wav
  usr/bin/toast take.wav
  measure toast take.wav.gsm
  measure SoX sox.gsm
  echo "take.wav: $([ -e take.wav ] && echo 'is there' || echo 'is gone')"
} | tee seen
diff seen - <<'END'
take.wav: 5.0 seconds, mean level -33 dB
toast: 10.0 seconds, mean level -8 dB
SoX: 5.0 seconds, mean level -33 dB
take.wav: is gone
END
echo 'toast made noise, and deleted what it was made of'

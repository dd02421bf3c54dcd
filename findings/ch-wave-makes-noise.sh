#!/usr/bin/env bash
# ch_wave, with which recipes of Festival convert recordings, makes loud noise of a WAV in 24 bits, 32 bits or floats, and of one in ADPCM half a recording of noise: it takes the samples for ones of 16 bits. It says
# "unknown sample format", writes the file all the same, and exits with 0. Of 16 and 8 bits and µ-law it makes the same sound.
# version: speech-tools 2.5.0, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/ffmpeg.ts decodes with ffmpeg, and takes only an exit code of 0
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'speech-tools=1:2.5.0-*' 'libestools2.5=1:2.5.0-*' libasound2 libpulse0 libtinfo6 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

level() { usr/bin/sox "$1" -n stats 2>&1 | awk '/^RMS lev/ { printf "%.0f dB", $4 }'; }
length() { usr/bin/sox "$1" -n stat 2>&1 | awk '/^Length/ { printf "%.1f s", $3 }'; }
for codec in pcm_s16le pcm_u8 pcm_mulaw pcm_s24le pcm_s32le pcm_f32le adpcm_ms; do
  ffmpeg -v error -y -f lavfi -i 'sine=f=300:r=44100:d=4' -af volume=-12dB -c:a $codec take.wav
  usr/bin/ch_wave take.wav -otype riff -o made.wav 2>said || { echo "exit code $?"; continue; }
  echo "$codec, $(length take.wav), $(level take.wav): $(length made.wav), $(level made.wav)$(sed 's/.*/ (&)/' said)"
done | tee seen
diff seen - <<'END'
pcm_s16le, 4.0 s, -33 dB: 4.0 s, -33 dB
pcm_u8, 4.0 s, -33 dB: 4.0 s, -33 dB
pcm_mulaw, 4.0 s, -33 dB: 4.0 s, -33 dB
pcm_s24le, 4.0 s, -33 dB: 4.0 s, -7 dB (RIFF file: unknown sample format)
pcm_s32le, 4.0 s, -33 dB: 4.0 s, -8 dB (RIFF file: unknown sample format)
pcm_f32le, 4.0 s, -33 dB: 4.0 s, -6 dB (RIFF file: unknown sample format)
adpcm_ms, 4.0 s, -33 dB: 2.0 s, -2 dB (RIFF file: unsupported proprietary sample format ADPCM)
END
echo 'noise, with exit code 0'

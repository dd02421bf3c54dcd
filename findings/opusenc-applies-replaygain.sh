#!/usr/bin/env bash
# opusenc makes the sound quieter by what the ReplayGain tags of a FLAC say: music tools write these for players, and ffmpeg, SoX, flac and oggenc leave the level alone. Opus has the gain in its header, which every
# decoder has to apply, so that a take at -6 dB is at -19, for good; from a FLAC without the tags, or with --discard-comments, it stays at -6.
# version: opus-tools 0.2, flac 1.4.2, vorbis-tools 1.4.2, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/listen.ts measures what is decoded, so check calls a take too quiet that became so
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'opus-tools=0.2-*' 'flac=1.4.2*' 'libflac12=1.4.2*' 'vorbis-tools=1.4.2-*' 'sox=14.4.2*' 'libsox3=14.4.2*' libopusenc0 libopusfile0 libopus0 libogg0 libvorbis0a libvorbisenc2 libvorbisfile3 libspeex1 \
  libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

usr/bin/sox -n -r 48000 -b 16 take.wav synth 10 sine 300 vol 0.5
usr/bin/flac --silent -o untagged.flac take.wav
cp untagged.flac tagged.flac
usr/bin/metaflac --add-replay-gain tagged.flac
peak() { LD_LIBRARY_PATH='' ffmpeg -v error -i "$1" -f s16le - | node -e '
  const raw = fs.readFileSync(0);
  let peak = 0;
  for (let at = 0; at < raw.length; at += 2) peak = Math.max(peak, Math.abs(raw.readInt16LE(at)));
  console.log(`${Math.round(20 * Math.log10(peak / 32768)) || 0} dB`)'; }
for take in untagged tagged; do
  usr/bin/opusenc --quiet $take.flac $take.opus
  usr/bin/opusenc --quiet --discard-comments $take.flac $take-discard.opus
  usr/bin/opusdec --quiet $take.opus $take-opusdec.wav 2>/dev/null
  usr/bin/oggenc --quiet -o $take.ogg $take.flac
  usr/bin/flac --silent --decode -o $take-flac.wav $take.flac
  usr/bin/sox $take.flac $take-sox.wav
  echo "$take.flac: ffmpeg $(peak $take.flac), SoX $(peak $take-sox.wav), flac $(peak $take-flac.wav), oggenc $(peak $take.ogg), opusenc $(peak $take.opus) (opusdec: $(peak $take-opusdec.wav)), --discard-comments $(peak $take-discard.opus)"
done | tee seen
diff seen - <<'END'
untagged.flac: ffmpeg -6 dB, SoX -6 dB, flac -6 dB, oggenc -6 dB, opusenc -6 dB (opusdec: -6 dB), --discard-comments -6 dB
tagged.flac: ffmpeg -6 dB, SoX -6 dB, flac -6 dB, oggenc -6 dB, opusenc -19 dB (opusdec: -19 dB), --discard-comments -6 dB
END
echo 'a tag became the level of the sound'

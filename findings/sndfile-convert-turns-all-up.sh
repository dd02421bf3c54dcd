#!/usr/bin/env bash
# sndfile-convert turns each recording in integers up to full scale, by itself, if it is to save it as Ogg, Opus or MP3: a take whose peaks are at -40 dB becomes as loud as its neighbor at -6 dB, with its noise. As WAV or
# FLAC they keep their level, and takes in floats do so in every format; soundfile, on the same library, keeps it too.
# version: sndfile-programs 1.2.0, libsndfile1 1.2.0, python3-soundfile 0.12.1, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts encodes with ffmpeg; check says NOISY if the noise came up with the voice
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'sndfile-programs=1.2.0-*' 'libsndfile1=1.2.0-*' 'python3-soundfile=0.12.1-*' 'sox=14.4.2*' 'libsox3=14.4.2*' python3-numpy python3-cffi python3-cffi-backend python3-pycparser python3-ply libflac12 \
  libvorbis0a libvorbisenc2 libvorbisfile3 libopus0 libogg0 libmpg123-0 libmp3lame0 libblas3 liblapack3 libgfortran5 libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
lib=$dir/usr/lib/x86_64-linux-gnu
libraries=$lib:$lib/blas:$lib/lapack

peak() { ffmpeg -v error -i "$1" -f s16le - | node -e '
  const raw = fs.readFileSync(0);
  let peak = 0;
  for (let at = 0; at < raw.length; at += 2) peak = Math.max(peak, Math.abs(raw.readInt16LE(at)));
  console.log(Math.round(20 * Math.log10(peak / 32768)) || 0)'; }
sox() { LD_LIBRARY_PATH=$libraries usr/bin/sox -n -r 16000 "$@"; }
sox -b 16 quiet.wav synth 5 sine 300 vol 0.01
sox -b 16 loud.wav synth 5 sine 300 vol 0.5
sox -b 32 -e floating-point floats.wav synth 5 sine 300 vol 0.01
for take in quiet loud floats; do
  line="$take.wav $(peak $take.wav) dB:"
  for extension in wav flac ogg opus mp3; do
    [ $take.$extension = floats.flac ] && continue
    LD_LIBRARY_PATH=$libraries usr/bin/sndfile-convert $take.wav converted.$extension >/dev/null
    line="$line $extension $(peak converted.$extension)"
  done
  LD_LIBRARY_PATH=$libraries PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -c "
import soundfile
soundfile.write('converted.ogg', *soundfile.read('$take.wav', dtype='int16' if '$take' != 'floats' else 'float64'))"
  echo "$line; soundfile's ogg $(peak converted.ogg)"
done | tee seen
diff seen - <<'END'
quiet.wav -40 dB: wav -40 flac -40 ogg 0 opus 0 mp3 0; soundfile's ogg -40
loud.wav -6 dB: wav -6 flac -6 ogg 0 opus 0 mp3 0; soundfile's ogg -6
floats.wav -40 dB: wav -40 ogg -40 opus -40 mp3 -39; soundfile's ogg -40
END
echo 'the quiet take became as loud as the loud one'

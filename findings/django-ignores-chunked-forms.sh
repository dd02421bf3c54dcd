#!/usr/bin/env bash
# Django reads nothing of a form that is sent in chunks, as clients do that stream without knowing its length: the view runs without files and fields, and answers 200.
# Flask in the same server (gunicorn) reads it, and with a Content-Length both do.
# version: python3-django 3.2.25, python3-flask 2.2.2, gunicorn 20.1.0 (Debian 12)
# our code: functions/clone-voice/send/multipart.ts declares the length of the whole form
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'python3-django=3:3.2.25-*' python3-asgiref python3-sqlparse python3-tz 'python3-gunicorn=20.1.0-*' 'python3-flask=2.2.2-*' python3-werkzeug \
  python3-itsdangerous python3-jinja2 python3-markupsafe python3-click python3-pkg-resources python3-setuptools 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export PYTHONPATH=$dir:$dir/usr/lib/python3/dist-packages

cat > django_page.py <<'END'
from django.conf import settings
settings.configure(ROOT_URLCONF='django_page', ALLOWED_HOSTS=['*'], SECRET_KEY='x', MIDDLEWARE=[])
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
def page(request):
    return HttpResponse(f"name {request.POST.get('name')}, {len(request.FILES.getlist('files'))} files")
urlpatterns = [path('', page)]
app = get_wsgi_application()
END
cat > flask_page.py <<'END'
from flask import Flask, request
app = Flask(__name__)
@app.post('/')
def page():
    return f"name {request.form.get('name')}, {len(request.files.getlist('files'))} files"
END
cat > post.mjs <<'END'
import { once } from 'node:events';
import { request } from 'node:http';
const form = new FormData();
form.append('name', 'Alice');
for (const name of ['one.wav', 'two.wav']) form.append('files', new File([new Uint8Array(1000)], name, { type: 'audio/wav' }));
const encoded = new Response(form);
const body = Buffer.from(await encoded.arrayBuffer());
for (const length of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
  const sent = request({ port: process.argv[2], host: '127.0.0.1', method: 'POST', headers: { 'content-type': encoded.headers.get('content-type'), ...length } });
  sent.end(body);
  const [response] = await once(sent, 'response');
  console.log(`${process.argv[3]}, ${Object.keys(length)[0]}: ${response.statusCode}, ${Buffer.concat(await response.toArray())}`);
}
END
for page in django flask; do
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  /usr/bin/python3 -m gunicorn --bind "127.0.0.1:$port" ${page}_page:app >>log 2>&1 &
  server=$!
  until (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do kill -0 $server; sleep 0.1; done
  node post.mjs "$port" $page
  kill $server
  wait $server || true
done | tee seen
diff seen - <<'END'
django, content-length: 200, name Alice, 2 files
django, transfer-encoding: 200, name None, 0 files
flask, content-length: 200, name Alice, 2 files
flask, transfer-encoding: 200, name Alice, 2 files
END

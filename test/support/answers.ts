import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterWholeRequest, answerBytes, type RawServer, startRawServer } from './servers.ts';
import { amelia } from './voice.ts';

/** An answer of the API, when it comes, and what it means: a row of the table in `shared/outcome.ts`. */
export interface AnswerRow {
  what: string;
  /** Before or after the API gets the end of the body. */
  when: 'early' | 'after';
  means: 'cloned' | 'rejected' | 'notSent' | 'unknown';
  /** What is sent before the connection is closed; undefined if it is reset. */
  bytes: string | Buffer | undefined;
}

const voices = JSON.stringify([amelia]);
const whole = answerBytes(201, voices);

/** What each answer means if it comes early, and after the end of the body. */
const table: [
  what: string,
  bytes: string | Buffer | undefined,
  early: AnswerRow['means'],
  after: AnswerRow['means'],
][] = [
  ['2xx with voices', whole, 'cloned', 'cloned'],
  ['2xx with voices after a byte order mark', answerBytes(201, `\ufeff${voices}`), 'cloned', 'cloned'],
  [
    'a 2xx with voices that declares more',
    answerBytes(201, voices, { 'Content-Length': String(Buffer.byteLength(voices) + 5) }),
    'cloned',
    'cloned',
  ],
  // The last one breaks off before its checksum.
  ...Object.entries({
    gzip: gzipSync,
    br: brotliCompressSync,
    deflate: deflateSync,
    GZIP: (text: string) => gzipSync(text).subarray(0, -8),
  }).map(([coding, compress]): (typeof table)[number] => {
    const body = compress(voices);
    const head = `HTTP/1.1 201 Created\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`;
    return [`2xx with voices in ${coding}`, Buffer.concat([Buffer.from(head), body]), 'cloned', 'cloned'];
  }),
  ['2xx with voices in JSON in JSON', answerBytes(201, JSON.stringify(voices)), 'cloned', 'cloned'],
  ['2xx with voices in an object', answerBytes(201, `{"data":${voices}}`), 'cloned', 'cloned'],
  [
    '2xx with voices before a trailer',
    answerBytes(201, `${voices}\n{"took":12}\n<!-- [cached] -->\0`),
    'cloned',
    'cloned',
  ],
  ['2xx with voices after a guard', answerBytes(201, `)]}',\n\ufeff\ufeff${voices}`), 'cloned', 'cloned'],
  [
    'a 2xx that is cut before a trailer',
    answerBytes(201, `${voices.slice(0, -1)}\n{"took":12}\n`),
    'unknown',
    'unknown',
  ],
  [
    '2xx with a page that has an id and a name',
    answerBytes(200, `<script>app = ${voices}</script>`),
    'unknown',
    'unknown',
  ],
  [
    '2xx with an error that has an id and a name',
    answerBytes(200, '{"id":"r-1","name":"TooManyRequests","statusCode":429}'),
    'unknown',
    'unknown',
  ],
  ...[
    '"code":429',
    '"status":"402"',
    '"status_code":503',
    '"error":{"type":"quota"}',
    '"errors":["quota"]',
    '"success":false,"errors":[]',
  ].map((says): (typeof table)[number] => [
    `2xx with an error that has an id, a name and ${says}`,
    answerBytes(200, `{"id":"r-1","name":"TooManyRequests",${says}}`),
    'unknown',
    'unknown',
  ]),
  [
    '2xx with an error around what has an id and a name',
    answerBytes(200, '{"success":false,"data":{"id":"r-1","name":"TooManyRequests"}}'),
    'unknown',
    'unknown',
  ],
  ...[
    '"error":false',
    '"errors":0',
    '"countryCode":49',
    '"code":"4f2a"',
    '"status":"5 of 5"',
    '"errors":[],"success":true',
  ].map((says): (typeof table)[number] => [
    `2xx with a voice that says ${says}`,
    answerBytes(201, `[{"id":"v-1","name":"Amelia",${says}}]`),
    'cloned',
    'cloned',
  ]),
  [
    '2xx with an error around a voice that has a provider’s ID',
    answerBytes(201, `{"status":500,"data":${voices}}`),
    'cloned',
    'cloned',
  ],
  [
    '2xx with voices beside a warning',
    answerBytes(201, `{"success":true,"code":0,"errors":[],"data":${voices}}`),
    'cloned',
    'cloned',
  ],
  [
    '2xx with a voice that has a provider’s ID and says "error"',
    answerBytes(201, voices.replace('[{', '[{"error":"not shared with sub-accounts",')),
    'cloned',
    'cloned',
  ],
  [
    '2xx with an id that JSON rounds',
    answerBytes(201, `[{"id":${2 ** 53}1,"name":"A"}]`),
    'unknown',
    'unknown',
  ],
  ['2xx without voices', answerBytes(201, '[]'), 'unknown', 'unknown'],
  ['a 2xx that breaks off', whole.slice(0, -10), 'unknown', 'unknown'],
  ...[302, 303, 406, 408, 409, 418, 424, 444, 460, 499, 500, 502, 503, 504, 520, 561, 599, 999].map(
    (status): (typeof table)[number] => [`${status}`, answerBytes(status, ''), 'notSent', 'unknown'],
  ),
  ['429', answerBytes(429, ''), 'notSent', 'notSent'],
  ...[301, 307, 400, 401, 403, 404, 413, 422, 451].map((status): (typeof table)[number] => [
    `${status}`,
    answerBytes(status, ''),
    'rejected',
    'rejected',
  ]),
  ['a reset', undefined, 'notSent', 'unknown'],
];

/** The answers, each before and after the end of the body, with what it means. */
export const answerRows: readonly AnswerRow[] = table.flatMap(([what, bytes, early, after]) => [
  { what, when: 'early', means: early, bytes },
  { what, when: 'after', means: after, bytes },
]);

/** An API that gives this answer to every request. For an early one, the body must exceed all buffers on the way. */
export function startAnswering({ when, bytes }: AnswerRow): Promise<RawServer> {
  if (when === 'after') {
    return afterWholeRequest((socket) =>
      bytes === undefined ? socket.resetAndDestroy() : void socket.end(bytes),
    );
  }
  return startRawServer((socket) => {
    socket.once('data', () => {
      socket.pause();
      if (bytes === undefined) socket.resetAndDestroy();
      // Half-closes: with the body unread, a full close would be a reset, which could overtake the answer.
      else socket.end(bytes);
    });
    socket.resume();
  });
}

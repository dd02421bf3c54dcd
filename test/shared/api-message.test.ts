import { describe, expect, it } from 'vitest';
import { apiMessage } from '../../shared/api-message.ts';

describe('the message of an API error', () => {
  it.each(['Bad Gateway', '[]', 'null', '"text"', '5', '{}', '{"message":5}', '{"message":[]}', '{"message'])(
    'is the body as it is: %s',
    (body) => {
      expect(apiMessage(body)).toBe(body);
    },
  );

  it.each([
    ['its title', '<!doctype html><title>502 Bad\n Gateway</title><h1>Oops</h1>', '502 Bad Gateway'],
    ['its heading', '<html>\r\n  <h1>Bad\tGateway</h1>\n</html>\n', 'Bad Gateway'],
    ['its words', '<head><style>a{}</style></head><p>Too <b>big</b> &amp; slow</p>', 'Too big & slow'],
  ])('of a web page is %s', (_, page, message) => {
    expect(apiMessage(page)).toBe(message);
  });

  it('is one line', () => {
    expect(apiMessage(JSON.stringify({ message: ' one\n two ' }))).toBe('one two');
  });

  it('is empty for an empty body', () => {
    expect(apiMessage('')).toBe('');
    expect(apiMessage(' \n')).toBe('');
  });

  it('is at most 500 characters and says when there was more', () => {
    expect(apiMessage('x'.repeat(500))).toBe('x'.repeat(500));
    expect(apiMessage('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
    expect(apiMessage(JSON.stringify({ message: ['x'.repeat(400), 'y'.repeat(400)] }))).toHaveLength(501);
  });

  it('is never cut inside a character', () => {
    expect(apiMessage(`x${'😀'.repeat(500)}`).isWellFormed()).toBe(true);
  });
});

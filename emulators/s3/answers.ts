import { xmlDocument } from './xml.ts';

/** An answer that is sent in place of fauxqs'. */
export interface Answer {
  status: number;
  xml: string;
}

/** An error as S3 returns it ("Error responses", Amazon S3 API Reference). */
export function errorAnswer(status: number, code: string, message: string, detail = ''): Answer {
  const xml = xmlDocument(`<Error><Code>${code}</Code><Message>${message}</Message>${detail}</Error>`);
  return { status, xml };
}

/** S3's answer to a header, or a subresource, that it does not support. */
export function notImplemented(header: string): Answer {
  const message = 'A header you provided implies functionality that is not implemented';
  return errorAnswer(501, 'NotImplemented', message, `<Header>${header}</Header>`);
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Answer, errorAnswer, notImplemented } from './answers.ts';
import { headObject } from './objects.ts';
import { targetOf } from './request.ts';
import { xmlDocument } from './xml.ts';

const SUBRESOURCES = [
  'acl',
  'tagging',
  'retention',
  'legal-hold',
  'attributes',
  'torrent',
  'restore',
  'select',
];

/**
 * Answers a request for a subresource of an object, which fauxqs takes for one for its bytes
 * (findings/fauxqs-subresources-are-the-object.sh): s3cmd reads the access control list before it moves an object, and the
 * AWS CLI the tags before it copies a large one. Objects have no tags, and the list cannot be changed, as in buckets created
 * since April 2023 ("Controlling ownership of objects", Amazon S3 User Guide).
 *
 * @returns undefined for other requests
 */
export async function subresourceAnswer(
  app: FastifyInstance,
  request: FastifyRequest,
): Promise<Answer | undefined> {
  const { bucket, key, query } = targetOf(request);
  const subresource = SUBRESOURCES.find((name) => name in query);
  if (!key || subresource === undefined) return undefined;
  if (!(await headObject(app, bucket, key))) {
    return errorAnswer(404, 'NoSuchKey', 'The specified key does not exist.');
  }
  if (request.method === 'PUT' && subresource === 'acl') {
    return errorAnswer(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  if (request.method !== 'GET' || (subresource !== 'acl' && subresource !== 'tagging')) {
    return notImplemented(subresource);
  }
  return { status: 200, xml: subresource === 'tagging' ? noTags : ownersList };
}

const noTags = xmlDocument('<Tagging><TagSet></TagSet></Tagging>');
const ownersList = xmlDocument(
  '<AccessControlPolicy><Owner><ID>LOCAL</ID></Owner><AccessControlList><Grant>' +
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>LOCAL</ID></Grantee>' +
    '<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>',
);

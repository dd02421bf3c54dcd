import { inspect } from 'node:util';
import { type Stack, Token } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { problemWithApiUrl } from '../shared/api-url.ts';
import { areSubOrganizations } from '../shared/sub-organization.ts';
import { checkAlarms } from './check-alarms.ts';
import { checkBuckets } from './check-buckets.ts';
import { checkLimits } from './check-limits.ts';
import { checkEmail } from './email-address.ts';
import type { Limits } from './limits.ts';
import { checkPlaces } from './places.ts';
import { checkRetention } from './retention.ts';
import { ServerSideEncryption } from './server-side-encryption.ts';
import { UploadSource } from './upload-source.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/**
 * Rejects, at synthesis, what could not be deployed or would not work. Values that are known only at deployment
 * pass, unless the construct computes with them.
 *
 * @throws {Error} names the prop and says what it must be.
 */
export function checkProps(props: VoiceClonePipelineProps, limits: Limits, stack: Stack): void {
  checkLimits(limits, props);
  if (props.subOrganizations !== undefined) checkSubOrganizations(props.subOrganizations);
  checkBuckets(props);
  checkPlaces(props, stack);
  checkResultTopic(props.resultTopic);
  checkAlarms(props);
  checkRetention(props.sampleRetention, props.bucket);
  checkApiUrl(props.apiUrl);
  checkEmail('alarmEmail', props.alarmEmail);
  checkEmail('resultEmail', props.resultEmail);
  checkChoice('source', props.source, UploadSource);
  checkChoice('serverSideEncryption', props.serverSideEncryption, ServerSideEncryption);
}

function checkSubOrganizations(subOrganizations: readonly string[]): void {
  // In JavaScript, people pass a single string.
  const known = Array.isArray(subOrganizations)
    ? subOrganizations.filter((each) => !Token.isUnresolved(each))
    : subOrganizations;
  if (!areSubOrganizations(known)) {
    throw new Error(
      'subOrganizations must be a list of identifiers of visible ASCII characters, without spaces',
    );
  }
  const { length } = JSON.stringify(known);
  if (length > MAX_SUB_ORGANIZATIONS_LENGTH) {
    throw new Error(
      `subOrganizations must have at most ${MAX_SUB_ORGANIZATIONS_LENGTH} characters as JSON, not ${length}: Lambda allows ` +
        '4 KB of environment variables',
    );
  }
}

/** Leaves room for the function's other environment variables. */
const MAX_SUB_ORGANIZATIONS_LENGTH = 3_000;

/** @throws {Error} for a FIFO topic, which does not support email, webhooks or functions. */
function checkResultTopic(topic: ITopic | undefined): void {
  if (topic?.fifo) {
    throw new Error(
      'resultTopic must be a standard topic: email, webhooks and functions cannot subscribe to a FIFO topic',
    );
  }
}

/** @throws {Error} by the function's own rule. */
function checkApiUrl(url: string | undefined): void {
  if (url === undefined || Token.isUnresolved(url)) return;
  const problem = problemWithApiUrl(url);
  if (problem !== undefined) throw new Error(`apiUrl ${problem}`);
}

/** @throws {Error} for a value that is no constant of the class, such as the name of one in JavaScript. */
function checkChoice(
  prop: string,
  value: unknown,
  choices: { readonly name: string; readonly prototype: object },
): void {
  if (value === undefined || choices.prototype.isPrototypeOf(value as object)) return;
  throw new Error(`${prop} must be a constant of ${choices.name}, not ${inspect(value)}`);
}

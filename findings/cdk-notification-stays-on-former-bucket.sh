#!/usr/bin/env bash
# If an app's imported bucket is replaced by another (`fromBucketName` with a new name), CDK's function sets the notification on the new one and leaves
# the old one's, when the stack is deleted, too: no template names it any more, and whoever sets notifications there next has to find it first.
# version: aws-cdk-lib 2.276.0, Python 3.11.2 (Debian 12); S3 is a dictionary
# our code: cdk/uploads.ts lets only the pipeline's bucket send to its queue
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Bucket, EventType } = require('aws-cdk-lib/aws-s3');
const { SqsDestination } = require('aws-cdk-lib/aws-s3-notifications');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
const notification = (bucketName) => {
  const stack = new Stack(app, bucketName);
  const queue = Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:uploads');
  Bucket.fromBucketName(stack, 'Voices', bucketName).addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue));
  return () => Object.values(app.synth().getStackByName(bucketName).template.Resources).find(({ Type }) => Type === 'Custom::S3BucketNotifications').Properties;
};
const all = [notification('voices-2025'), notification('voices-2026')];
console.log(JSON.stringify(all.map((properties) => properties())));
END
node app.cjs 2>/dev/null >notifications.json

cat > deploy.py <<'END'
import copy, json, logging, sys, types
class S3:
    buckets = {'voices-2025': {}, 'voices-2026': {}}
    def get_bucket_notification_configuration(self, Bucket):
        return copy.deepcopy(self.buckets[Bucket])
    def put_bucket_notification_configuration(self, Bucket, NotificationConfiguration, SkipDestinationValidation):
        self.buckets[Bucket] = copy.deepcopy(NotificationConfiguration)
sys.modules['boto3'] = types.SimpleNamespace(client=lambda name: S3())
sys.path.insert(0, 'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-s3/notifications-resource-handler')
import index
physical = []
def submit_response(event, context, status, reason):
    # What CDK's function answers CloudFormation as the physical ID of the resource; only another one would make it delete the old resource.
    physical.append(event.get('PhysicalResourceId') or event['LogicalResourceId'])
    print(event['RequestType'], status, end=': ')
index.submit_response = submit_response
def request(kind, properties, old={}):
    # CloudFormation passes all values as strings.
    strings = lambda values: {name: str(value).lower() if isinstance(value, bool) else value for name, value in copy.deepcopy(values).items()}
    event = {'RequestType': kind, 'StackId': 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Test/1', 'LogicalResourceId': 'Notifications'}
    event.update({'PhysicalResourceId': physical[-1]} if physical else {})
    index.handler({**event, 'ResourceProperties': strings(properties), 'OldResourceProperties': strings(old)}, None)
    print(', '.join(name for name, configuration in S3.buckets.items() if configuration.get('QueueConfigurations')) or 'none', 'notifies')
former, new = json.load(open('notifications.json'))
request('Create', former)
request('Update', new, former)
request('Delete', new)
print('physical IDs:', len(set(physical)))
END
/usr/bin/python3 deploy.py | tee seen
diff seen - <<'END'
Create SUCCESS: voices-2025 notifies
Update SUCCESS: voices-2025, voices-2026 notifies
Delete SUCCESS: voices-2025 notifies
physical IDs: 1
END

#!/usr/bin/env bash
# If a stack imports a bucket twice and sets a notification on each, to remove one of them from the app removes both from the bucket: CDK's function
# deletes all that the stack has made, and the deployment succeeds. From then on no upload starts anything.
# version: aws-cdk-lib 2.276.0, Python 3.11.2 (Debian 12); S3 is a dictionary
# our code: cdk/neighbors.ts refuses two pipelines that import a bucket separately
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
const stack = new Stack(app, 'Test');
for (const prefix of ['alice/', 'bob/']) {
  const queue = Queue.fromQueueArn(stack, `Queue ${prefix}`, `arn:aws:sqs:eu-west-1:111122223333:${prefix.slice(0, -1)}`);
  Bucket.fromBucketName(stack, `Voices ${prefix}`, 'voices').addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), { prefix });
}
const { Resources } = app.synth().getStackByName('Test').template;
console.log(JSON.stringify(Object.values(Resources).filter(({ Type }) => Type === 'Custom::S3BucketNotifications').map(({ Properties }) => Properties)));
END
node app.cjs 2>/dev/null >notifications.json

cat > deploy.py <<'END'
import copy, json, logging, sys, types
class S3:
    buckets = {'voices': {}}
    def get_bucket_notification_configuration(self, Bucket):
        return copy.deepcopy(self.buckets[Bucket])
    def put_bucket_notification_configuration(self, Bucket, NotificationConfiguration, SkipDestinationValidation):
        self.buckets[Bucket] = copy.deepcopy(NotificationConfiguration)
sys.modules['boto3'] = types.SimpleNamespace(client=lambda name: S3())
sys.path.insert(0, 'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-s3/notifications-resource-handler')
import index
index.submit_response = lambda event, context, status, reason: print(event['RequestType'], status, reason)
def request(kind, properties):
    # CloudFormation passes all values as strings.
    properties = {name: str(value).lower() if isinstance(value, bool) else value for name, value in copy.deepcopy(properties).items()}
    index.handler({'RequestType': kind, 'StackId': 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Test/1', 'ResourceProperties': properties}, None)
    print('queues:', ' '.join(each['QueueArn'].split(':')[-1] for each in S3.buckets['voices'].get('QueueConfigurations', [])) or 'none')
alice, bob = json.load(open('notifications.json'))
request('Create', alice)
request('Create', bob)
request('Delete', bob)
END
/usr/bin/python3 deploy.py | sed 's/ *$//' | tee seen
diff seen - <<'END'
Create SUCCESS
queues: alice
Create SUCCESS
queues: alice bob
Delete SUCCESS
queues: none
END

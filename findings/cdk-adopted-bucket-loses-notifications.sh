#!/usr/bin/env bash
# A bucket that an app made and kept (RETAIN), then imports by its name, such as after its construct was renamed, has no notification after that
# deployment: CDK's function sets the new one, then removes every notification of the bucket with the old resource. The deployment succeeds.
# version: aws-cdk-lib 2.276.0, Python 3.11.2 (Debian 12); S3 is a dictionary
# our code: cdk/README.md says to take over a bucket in two deployments
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack, RemovalPolicy } = require('aws-cdk-lib');
const { Bucket, EventType } = require('aws-cdk-lib/aws-s3');
const { SqsDestination } = require('aws-cdk-lib/aws-s3-notifications');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const notificationsOf = (prefix, bucketIn) => {
  const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
  const stack = new Stack(app, 'Test');
  const queue = Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:uploads');
  bucketIn(stack).addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), { prefix });
  const { Resources } = app.synth().getStackByName('Test').template;
  return Object.entries(Resources).find(([, { Type }]) => Type === 'Custom::S3BucketNotifications');
};
const made = notificationsOf('takes/', (stack) => new Bucket(stack, 'Voices', { bucketName: 'voices', removalPolicy: RemovalPolicy.RETAIN }));
const imported = notificationsOf('voices/', (stack) => Bucket.fromBucketName(stack, 'Kept', 'voices'));
// CloudFormation resolves the reference to the bucket.
made[1].Properties.BucketName = 'voices';
console.log(JSON.stringify({ made, imported }));
END
node app.cjs 2>/dev/null >notifications.json

cat > deploy.py <<'END'
import copy, json, sys, types
class S3:
    buckets = {'voices': {}}
    def get_bucket_notification_configuration(self, Bucket):
        return copy.deepcopy(self.buckets[Bucket])
    def put_bucket_notification_configuration(self, Bucket, NotificationConfiguration, SkipDestinationValidation):
        self.buckets[Bucket] = copy.deepcopy(NotificationConfiguration)
sys.modules['boto3'] = types.SimpleNamespace(client=lambda name: S3())
sys.path.insert(0, 'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-s3/notifications-resource-handler')
import index
index.submit_response = lambda event, context, status, reason: print(event['RequestType'], event['LogicalResourceId'], status, end=': ')
def request(kind, resource):
    name, definition = resource
    # CloudFormation passes all values as strings.
    properties = {key: str(value).lower() if isinstance(value, bool) else value for key, value in definition['Properties'].items()}
    stack = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Test/1'
    index.handler({'RequestType': kind, 'StackId': stack, 'LogicalResourceId': name.rstrip('0123456789ABCDEF'), 'ResourceProperties': properties}, None)
    print(len(S3.buckets['voices'].get('QueueConfigurations', [])), 'notifications')
resources = json.load(open('notifications.json'))
request('Create', resources['made'])
# CloudFormation makes what is new in a template before it removes what is no longer in it.
request('Create', resources['imported'])
request('Delete', resources['made'])
END
/usr/bin/python3 deploy.py | tee seen
diff seen - <<'END'
Create VoicesNotifications SUCCESS: 1 notifications
Create KeptNotifications SUCCESS: 2 notifications
Delete VoicesNotifications SUCCESS: 0 notifications
END

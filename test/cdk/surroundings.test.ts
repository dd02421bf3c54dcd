import {
  Aspects,
  Aws,
  CfnParameter,
  Duration,
  type Environment,
  MissingRemovalPolicies,
  RemovalPolicies,
  RemovalPolicy,
  Stack,
  Token,
} from 'aws-cdk-lib';
import {
  CfnRoute,
  CfnVPCEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, type Conditions, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnFunction, Tracing } from 'aws-cdk-lib/aws-lambda';
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket, CfnBucket, EventType, type IBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, type BucketDeploymentProps, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { ServerSideEncryption } from '../../cdk/server-side-encryption.ts';
import { UploadSource } from '../../cdk/upload-source.ts';
import type { VoiceClonePipelineProps } from '../../cdk/voice-clone-pipeline-props.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';
import { newApp, warningsOf } from './synthesis.ts';

/** What synthesis warns of. @param after adds to the app after the pipeline. */
function warnings(
  props: (stack: Stack) => VoiceClonePipelineProps,
  after: (stack: Stack) => void = () => {},
  env?: Environment,
): string[] {
  const stack = new Stack(newApp(), 'Test', { ...(env && { env }) });
  new VoiceClonePipeline(stack, 'Pipeline', props(stack));
  after(stack);
  return warningsOf(stack);
}

/** Adds an aspect that sets something in each resource of a kind. */
function setting<Kind extends IConstruct>(
  stack: Stack,
  kind: abstract new (...args: never[]) => Kind,
  set: (resource: Kind) => void,
): void {
  Aspects.of(stack).add({
    visit(each) {
      if (each instanceof kind) set(each);
    },
  });
}

const isolated = (stack: Stack) =>
  new Vpc(stack, 'Vpc', {
    maxAzs: 1,
    subnetConfiguration: [{ name: 'Inner', subnetType: SubnetType.PRIVATE_ISOLATED }],
  }) as IVpc;

describe('a VPC', () => {
  it('of isolated subnets: synthesis names them and what the function cannot reach', () => {
    expect(warnings((stack) => ({ vpc: isolated(stack) }))).toEqual([
      expect.stringContaining(
        'isolated subnets (Test/Vpc/InnerSubnet1), from which it cannot reach the Callers API, s3, sqs, sns, secretsmanager: ' +
          'choose subnets with a NAT gateway',
      ),
    ]);
  });

  it('with endpoints, added whenever, and an API inside it is fine', () => {
    const endpoints = (stack: Stack) => {
      const vpc = stack.node.findChild('Vpc') as Vpc;
      vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
      vpc.addInterfaceEndpoint('Sqs', { service: InterfaceVpcEndpointAwsService.SQS });
      vpc.addInterfaceEndpoint('Sns', { service: InterfaceVpcEndpointAwsService.SNS });
      vpc.addInterfaceEndpoint('Secrets', { service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER });
    };
    const apiUrl = 'https://callers.internal.example';
    expect(warnings((stack) => ({ vpc: isolated(stack), apiUrl }), endpoints)).toEqual([]);
    expect(warnings((stack) => ({ vpc: isolated(stack) }), endpoints)).toEqual([
      expect.stringContaining('cannot reach the Callers API: choose'),
    ]);
  });

  it('whose endpoint for S3 has no route from the function’s subnets: synthesis names it', () => {
    const routed = (subnetGroupName: string) =>
      warnings((stack) => {
        const vpc = new Vpc(stack, 'Vpc', {
          maxAzs: 2,
          subnetConfiguration: ['Inner', 'Data'].map((name) => ({
            name,
            subnetType: SubnetType.PRIVATE_ISOLATED,
          })),
        });
        vpc.addGatewayEndpoint('S3', {
          service: GatewayVpcEndpointAwsService.S3,
          subnets: [{ subnetGroupName }],
        });
        for (const service of ['SQS', 'SNS', 'SECRETS_MANAGER'] as const)
          vpc.addInterfaceEndpoint(service, { service: InterfaceVpcEndpointAwsService[service] });
        const vpcSubnets = { subnetGroupName: 'Inner' };
        return { vpc: vpc as IVpc, vpcSubnets, apiUrl: 'https://callers.internal.example' };
      });
    expect(routed('Data')).toEqual([
      expect.stringContaining('cannot reach s3 (whose endpoint has no route from there): choose'),
    ]);
    expect(routed('Inner')).toEqual([]);
  });

  it('whose endpoints have no private DNS, so that the function does not find them: synthesis names them', () => {
    const services = {
      s3: InterfaceVpcEndpointAwsService.S3,
      sqs: InterfaceVpcEndpointAwsService.SQS,
      sns: InterfaceVpcEndpointAwsService.SNS,
      secretsmanager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    };
    const unnamed = (after: (stack: Stack) => void) =>
      warnings(
        (stack) => ({ vpc: isolated(stack), apiUrl: 'https://callers.internal.example' }),
        (stack) => {
          const vpc = stack.node.findChild('Vpc') as Vpc;
          for (const [id, service] of Object.entries(services))
            vpc.addInterfaceEndpoint(id, { service, privateDnsEnabled: false });
          after(stack);
        },
      );
    expect(unnamed(() => {})).toEqual([
      expect.stringContaining(
        'cannot reach s3 (whose endpoint has no private DNS), sqs (whose endpoint has no private DNS), sns (',
      ),
    ]);
    const zones = (stack: Stack) => {
      for (const service of Object.keys(services))
        new PrivateHostedZone(stack, `Zone of ${service}`, {
          zoneName: `${service}.${Aws.REGION}.amazonaws.com`,
          vpc: stack.node.findChild('Vpc') as IVpc,
        });
    };
    expect(unnamed(zones)).toEqual([]);
    const addresses = (stack: Stack) => {
      const { function: lambda } = stack.node.findChild('Pipeline') as VoiceClonePipeline;
      for (const name of ['S3', 'SQS', 'SNS', 'SECRETS_MANAGER'])
        lambda.addEnvironment(`AWS_ENDPOINT_URL_${name}`, `https://${name}.internal.example`);
    };
    expect(unnamed(addresses)).toEqual([]);
  });

  it('with security groups that let no HTTPS out: synthesis names them', () => {
    const closed = (stack: Stack) => {
      const vpc = new Vpc(stack, 'Vpc') as IVpc;
      return { vpc, securityGroups: [new SecurityGroup(stack, 'Closed', { vpc, allowAllOutbound: false })] };
    };
    const warning = '(Test/Closed) do not let HTTPS out: set `allowAllOutbound`, or allow port 443';
    for (const port of [undefined, Port.tcp(5432), Port.tcpRange(80, 442), Port.allUdp()]) {
      const elsewhere = (stack: Stack) =>
        port && (stack.node.findChild('Closed') as SecurityGroup).addEgressRule(Peer.anyIpv4(), port);
      expect(warnings(closed, elsewhere)).toEqual([expect.stringContaining(warning)]);
    }
    for (const port of [Port.allTcp(), Port.allTraffic(), Port.tcp(Token.asNumber(Aws.NO_VALUE))]) {
      const open = (stack: Stack) =>
        (stack.node.findChild('Closed') as SecurityGroup).addEgressRule(Peer.ipv6('fd00::/8'), port);
      expect(warnings(closed, open)).toEqual([]);
    }
    for (const isBeside of [false, true]) {
      const open = (stack: Stack) =>
        (stack.node.findChild('Closed') as SecurityGroup).addEgressRule(
          Peer.securityGroupId('sg-0123456789abcdef0'),
          Port.HTTPS,
          undefined,
          isBeside,
        );
      expect(warnings(closed, open)).toEqual([]);
    }
    const others = (stack: Stack) => ({
      vpc: new Vpc(stack, 'Vpc') as IVpc,
      securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Imported', 'sg-0123456789abcdef0')],
    });
    expect(warnings(others)).toEqual([]);
  });

  it('with a way out that the app adds to isolated subnets, such as a transit gateway, is fine', () => {
    const routed = (stack: Stack, destinationCidrBlock: string) => {
      const [subnet] = (stack.node.findChild('Vpc') as Vpc).isolatedSubnets as [ISubnet];
      const { routeTableId } = subnet.routeTable;
      new CfnRoute(stack, 'Out', { routeTableId, destinationCidrBlock, transitGatewayId: 'tgw-12345678' });
    };
    const props = (stack: Stack) => ({ vpc: isolated(stack) });
    expect(warnings(props, (stack) => routed(stack, '0.0.0.0/0'))).toEqual([]);
    expect(warnings(props, (stack) => routed(stack, '10.0.0.0/8'))).toHaveLength(1);
  });

  it('with a proxy needs endpoints only, which CDK does not know of a VPC that is made elsewhere', () => {
    const proxied = (stack: Stack) =>
      (stack.node.findChild('Pipeline') as VoiceClonePipeline).function.addEnvironment(
        'HTTPS_PROXY',
        'http://proxy.internal.example:3128',
      );
    expect(warnings((stack) => ({ vpc: isolated(stack) }), proxied)).toEqual([
      expect.stringContaining('cannot reach s3, sqs, sns, secretsmanager: choose'),
    ]);
    const imported = (stack: Stack) => ({
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-12345678',
        availabilityZones: ['eu-west-1a'],
        isolatedSubnetIds: ['subnet-12345678'],
        isolatedSubnetRouteTableIds: ['rtb-12345678'],
      }),
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    });
    expect(warnings(imported, proxied)).toEqual([]);
    expect(warnings(imported)).toEqual([expect.stringContaining('cannot reach the Callers API: choose')]);
  });

  it('of private subnets without a NAT gateway: synthesis names them, unless the app adds a way out', () => {
    const props = (stack: Stack) => ({
      vpc: new Vpc(stack, 'Vpc', {
        maxAzs: 1,
        natGateways: 0,
        subnetConfiguration: [{ name: 'Inner', subnetType: SubnetType.PRIVATE_WITH_EGRESS }],
      }) as IVpc,
    });
    const transit = (stack: Stack) => {
      const [{ routeTable }] = (stack.node.findChild('Vpc') as Vpc).privateSubnets as [ISubnet];
      const { routeTableId } = routeTable;
      const destinationCidrBlock = '0.0.0.0/0';
      new CfnRoute(stack, 'Out', { routeTableId, destinationCidrBlock, transitGatewayId: 'tgw-12345678' });
    };
    expect(warnings(props)).toEqual([
      expect.stringContaining(
        'in subnets without a default route (Test/Vpc/InnerSubnet1), from which it cannot reach the Callers API, s3,',
      ),
    ]);
    expect(warnings(props, transit)).toEqual([]);
  });

  it('whose endpoints do not let the function through: synthesis names them', () => {
    const endpoints = (letIn: boolean) => (stack: Stack) => {
      const vpc = stack.node.findChild('Vpc') as Vpc;
      const pipeline = stack.node.findChild('Pipeline') as VoiceClonePipeline;
      const s3 = vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
      const allow = (actions: string[], ...resources: string[]) =>
        s3.addToPolicy(new PolicyStatement({ principals: [new AnyPrincipal()], actions, resources }));
      allow(['s3:GetObject'], 'arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*');
      if (letIn) {
        for (const { bucketArn } of [pipeline.bucket, pipeline.stateBucket])
          allow(['s3:Get*', 's3:PutObject', 's3:List*'], bucketArn, `${bucketArn}/*`);
      }
      const service = InterfaceVpcEndpointAwsService.SECRETS_MANAGER;
      const closed = vpc.addInterfaceEndpoint('Secrets', { service, open: false });
      closed.connections.allowDefaultPortFrom(new SecurityGroup(stack, 'Others', { vpc: vpc as IVpc }));
      if (letIn) closed.connections.allowDefaultPortFrom(pipeline.function);
    };
    const props = (stack: Stack) => ({ vpc: new Vpc(stack, 'Vpc') as IVpc });
    expect(warnings(props, endpoints(false))).toEqual([
      expect.stringContaining(
        'The policy of Test/Vpc/S3/Resource does not allow what the function does through it (s3:GetObject, s3:PutObject, ' +
          's3:ListBucket, s3:ListBucketMultipartUploads, see',
      ),
      expect.stringContaining('The security groups of Test/Vpc/Secrets/Resource do not let the function in'),
    ]);
    expect(warnings(props, endpoints(true))).toEqual([]);
  });

  it('whose endpoints have policies: synthesis names those that surely deny what the function does', () => {
    type Rule = Record<string, unknown>;
    const allow = (rule: Rule) => ({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*', ...rule });
    const deny = (rule: Rule) => [allow({}), { ...allow(rule), Effect: 'Deny' }];
    const condition = { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } };
    const policies = (stack: Stack, { bucket, stateBucket }: VoiceClonePipeline) => {
      const { valueAsString: parameter } = new CfnParameter(stack, 'Name');
      const ours = [bucket, stateBucket].flatMap(({ bucketArn }) => [bucketArn, `${bucketArn}/*`]);
      return {
        open: {
          service: allow({ Action: 's3:*' }),
          actions: [allow({ Action: ['S3:get*', 's3:Put*', 's3:List??*'] })],
          'all but others': [allow({ Action: undefined, NotAction: 's3:Delete*' })],
          'all but the bucket of others': [
            allow({ Resource: undefined, NotResource: 'arn:aws:s3:::others*/*' }),
          ],
          ours: [allow({ Resource: ours })],
          'buckets by name': [allow({ Resource: 'arn:aws:s3:::test-*' })],
          partition: [allow({ Resource: `arn:${Aws.PARTITION}:s3:::*` })],
          parameter: [allow({ Resource: [`arn:aws:s3:::${parameter}`, `arn:aws:s3:::${parameter}/*`] })],
          'on condition': [allow({ Condition: condition })],
          'of our account': allow({
            Condition: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
          }),
          'of what may be ours': allow({ Condition: { StringLike: { 's3:ResourceAccount': ['1*', '2*'] } } }),
          'denies others’ resources': deny({
            Condition: { StringNotEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID } },
          }),
          'denies HTTP': deny({ Condition: { Bool: { 'aws:SecureTransport': false } } }),
          'denies people of others': deny({
            Condition: {
              Bool: { 'aws:PrincipalIsAWSService': 'false' },
              StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1234567890' },
            },
          }),
          'denies strangers': deny({ Condition: condition }),
          'denies a role': deny({ Principal: { AWS: 'arn:aws:iam::111122223333:role/other' } }),
          'denies deletion': deny({ Action: 's3:Delete*' }),
          'denies all but S3': deny({ Action: undefined, NotAction: 's3:*' }),
          'denies others': deny({ Resource: 'arn:aws:s3:::others/*' }),
          'denies what may be others': deny({ Resource: `arn:aws:s3:::${parameter}/*` }),
          'denies all but ours': deny({ Resource: undefined, NotResource: ours }),
        },
        closed: {
          'for reading': [allow({ Action: 's3:Get*' })],
          'but all of S3': [allow({ Action: undefined, NotAction: 's3:*' })],
          'for others': [allow({ Resource: ['arn:aws:s3:::others', 'arn:aws:s3:::others/*'] })],
          'for but ours': [allow({ Resource: undefined, NotResource: ours })],
          'to services': [allow({ Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } } })],
          'but to our account': [
            allow({ Condition: { StringNotEquals: { 'aws:PrincipalAccount': [Aws.ACCOUNT_ID] } } }),
          ],
          'denies HTTPS': deny({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
          'denies writing': deny({ Action: ['s3:Put*'] }),
          'denies all but reading': deny({ Action: undefined, NotAction: ['s3:Get*', 's3:List*'] }),
          'denies all but others': deny({ Resource: undefined, NotResource: 'arn:aws:s3:::others/*' }),
          'denies ours': deny({ Resource: `${bucket.bucketArn}/*`, Principal: { AWS: ['*'] } }),
        },
      };
    };
    const named: string[] = [];
    const seen = warnings(
      (stack) => ({ vpc: new Vpc(stack, 'Vpc') as IVpc }),
      (stack) => {
        const { vpcId, privateSubnets } = stack.node.findChild('Vpc') as Vpc;
        const routeTableIds = privateSubnets.map(({ routeTable }) => routeTable.routeTableId);
        const { open, closed } = policies(stack, stack.node.findChild('Pipeline') as VoiceClonePipeline);
        for (const [name, Statement] of Object.entries({ ...open, ...closed }))
          new CfnVPCEndpoint(stack, name.replaceAll(' ', '-'), {
            vpcId,
            serviceName: `com.amazonaws.${Aws.REGION}.s3`,
            routeTableIds,
            policyDocument: { Version: '2012-10-17', Statement },
          });
        const places = [`${Aws.REGION}:${Aws.ACCOUNT_ID}`, 'eu-west-1:111122223333', '*:*'];
        for (const [index, place] of places.entries())
          new CfnVPCEndpoint(stack, `Sqs${index}`, {
            vpcId,
            serviceName: `com.amazonaws.${Aws.REGION}.sqs`,
            vpcEndpointType: 'Interface',
            privateDnsEnabled: true,
            policyDocument: { Statement: [allow({ Resource: `arn:aws:sqs:${place}:*` })] },
          });
        named.push(...Object.keys(closed).map((name) => `Test/${name.replaceAll(' ', '-')}`));
      },
    );
    expect(seen.map((each) => /^The policy of (\S+) does not allow/.exec(each)?.[1])).toEqual(named);
  });

  it('whose endpoints have policies for names and accounts: synthesis names those for others', () => {
    const seen = warnings(
      (stack) => ({
        vpc: new Vpc(stack, 'Vpc') as IVpc,
        bucket: new Bucket(stack, 'Drops', { bucketName: 'our-drops' }) as IBucket,
        stateBucket: new Bucket(stack, 'State', { bucketName: 'our-state' }) as IBucket,
      }),
      (stack) => {
        const vpc = stack.node.findChild('Vpc') as Vpc;
        const open = (
          id: string,
          service: InterfaceVpcEndpointAwsService,
          resources: string[],
          conditions = {},
        ) =>
          vpc.addInterfaceEndpoint(id, { service }).addToPolicy(
            new PolicyStatement({
              principals: [new AnyPrincipal()],
              actions: ['*'],
              resources,
              conditions,
            }),
          );
        const { S3, SECRETS_MANAGER } = InterfaceVpcEndpointAwsService;
        for (const whose of ['our', 'their'])
          open(`${whose}-buckets`, S3, [`arn:aws:s3:::${whose}-drops*`, 'arn:aws:s3:::our-state*']);
        for (const account of ['111122223333', '444455556666']) {
          open(`secrets-${account}`, SECRETS_MANAGER, [
            `arn:aws:secretsmanager:eu-west-1:${account}:secret:*`,
          ]);
          for (const key of ['s3:ResourceAccount', 'aws:PrincipalAccount'])
            open(`${key}-${account}`, S3, ['*'], { StringEquals: { [key]: account } });
        }
      },
      { account: '111122223333', region: 'eu-west-1' },
    );
    const theirs = [
      'their-buckets',
      ...['secrets', 's3:ResourceAccount', 'aws:PrincipalAccount'].map((of) => `${of}-444455556666`),
    ];
    expect(seen.map((each) => /^The policy of Test\/Vpc\/(\S+)\/Resource does/.exec(each)?.[1])).toEqual(
      theirs,
    );
  });

  it('with NAT gateways is fine, also before CDK has looked it up', () => {
    expect(warnings((stack) => ({ vpc: new Vpc(stack, 'Vpc') as IVpc }))).toEqual([]);
    const env = { account: '111122223333', region: 'eu-west-1' };
    expect(
      warnings((stack) => ({ vpc: Vpc.fromLookup(stack, 'Vpc', { isDefault: true }) }), undefined, env),
    ).toEqual([]);
  });
});

describe('a bucket', () => {
  const configuration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };

  it.each<[string, string, (stack: Stack) => IBucket]>([
    [
      'that CloudFormation’s own resource gives notifications',
      'CloudFormation removes ours when it changes',
      (stack) =>
        Bucket.fromCfnBucket(new CfnBucket(stack, 'Raw', { notificationConfiguration: configuration })),
    ],
    [
      'with notifications by an override',
      'which CDK’s function for notifications replaces',
      (stack) => {
        const bucket = new Bucket(stack, 'Raw');
        (bucket.node.defaultChild as CfnBucket).addPropertyOverride('NotificationConfiguration', {
          QueueConfigurations: [],
        });
        return bucket as IBucket;
      },
    ],
  ])('%s: synthesis says who removes whose', (_, consequence, bucket) => {
    expect(warnings((stack) => ({ bucket: bucket(stack) }))).toEqual([
      expect.stringMatching(
        `^Test/Raw(/Resource)? has a NotificationConfiguration of its own.*${consequence}`,
      ),
    ]);
  });

  it.each<[string, (stack: Stack, bucket: IBucket) => void, number]>([
    ['RemovalPolicies of it', (_, bucket) => RemovalPolicies.of(bucket).retain(), 1],
    ['MissingRemovalPolicies of the stack', (stack) => MissingRemovalPolicies.of(stack).retain(), 1],
    ['RemovalPolicies of the stack', (stack) => RemovalPolicies.of(stack).retain(), 0],
  ])('that %s retain: synthesis says if its notification outlives the queue', (_, retain, count) => {
    const seen = warnings(
      () => ({}),
      (stack) => retain(stack, (stack.node.findChild('Pipeline') as VoiceClonePipeline).bucket),
    );
    const text = 'The notification of Test/Pipeline/Bucket is retained, but not the queue';
    expect(seen).toEqual(Array.from({ length: count }, () => expect.stringContaining(text) as string));
  });

  it('of another stack with such notifications: CloudFormation may remove ours', () => {
    const app = newApp();
    const raw = new CfnBucket(new Stack(app, 'Data'), 'Raw', { notificationConfiguration: configuration });
    const stack = new Stack(app, 'Test');
    new VoiceClonePipeline(stack, 'Pipeline', { bucket: Bucket.fromCfnBucket(raw) });
    expect(warningsOf(stack)).toContainEqual(
      expect.stringMatching(
        /^Data\/Raw has a NotificationConfiguration of its own\. CloudFormation removes ours/,
      ),
    );
  });

  it('that sends its events to EventBridge itself is left as it is', () => {
    const raw = (notificationConfiguration: object) => (stack: Stack) => ({
      bucket: Bucket.fromCfnBucket(new CfnBucket(stack, 'Raw', { notificationConfiguration })),
      source: UploadSource.EVENT_BRIDGE,
    });
    expect(warnings(raw(configuration))).toEqual([]);
    expect(warnings(raw({ queueConfigurations: [] }))).toEqual([
      expect.stringContaining(
        'Test/Raw has a NotificationConfiguration of its own, without eventBridgeConfiguration',
      ),
    ]);
  });

  const notified = (
    event: EventType,
    ...filters: { prefix?: string; suffix?: string }[]
  ): [(stack: Stack) => VoiceClonePipelineProps, (stack: Stack) => void] => [
    (stack) => ({ bucket: new Bucket(stack, 'Own') as IBucket, prefix: 'voices' }),
    (stack) => {
      const bucket = stack.node.findChild('Own') as Bucket;
      bucket.addEventNotification(event, new SqsDestination(new Queue(stack, 'Others')), ...filters);
    },
  ];

  it.each([
    ['without a filter', notified(EventType.OBJECT_CREATED)],
    ['of another kind of upload', notified(EventType.OBJECT_CREATED_PUT, { suffix: '.json' })],
    ['of a folder below the prefix', notified(EventType.OBJECT_CREATED, { prefix: 'voices/sales/' })],
  ])(
    'with another notification %s, which S3 rejects beside ours: synthesis names it',
    (_, [props, after]) => {
      expect(warnings(props, after)).toEqual([
        expect.stringMatching(
          /^Another notification of uploads to Test\/Own has a filter that overlaps.*Others.*voices\/…manifest\.json/,
        ),
      ]);
    },
  );

  it.each([
    ['for another prefix', notified(EventType.OBJECT_CREATED, { prefix: 'music/' })],
    ['for another suffix', notified(EventType.OBJECT_CREATED, { suffix: '.mp3' })],
    ['of removals', notified(EventType.OBJECT_REMOVED)],
  ])('with another notification %s is fine', (_, [props, after]) => {
    expect(warnings(props, after)).toEqual([]);
  });

  it('with another notification is fine with EventBridge', () => {
    const [props, after] = notified(EventType.OBJECT_CREATED);
    expect(warnings((stack) => ({ ...props(stack), source: UploadSource.EVENT_BRIDGE }), after)).toEqual([]);
  });

  it('that the app imports once more, for a notification of its own: to remove one would remove both', () => {
    const imported = (stack: Stack, id: string) => Bucket.fromBucketName(stack, id, 'existing-voices');
    const props = (stack: Stack) => ({ bucket: imported(stack, 'Voices'), prefix: 'voices' });
    const after = (stack: Stack) =>
      imported(stack, 'Again').addEventNotification(
        EventType.OBJECT_REMOVED,
        new SqsDestination(new Queue(stack, 'Others')),
      );
    expect(warnings(props, after)).toEqual([
      expect.stringContaining('Test/Again and Test/Voices are the same bucket, and both set notifications'),
    ]);
    const events = (stack: Stack) => ({ ...props(stack), source: UploadSource.EVENT_BRIDGE });
    expect(warnings(events, after)).toEqual([]);
  });

  it('with several pipelines of disjoint prefixes is fine', () => {
    const props = (stack: Stack, prefix: string) => ({
      bucket: (stack.node.tryFindChild('Own') ?? new Bucket(stack, 'Own')) as IBucket,
      prefix,
    });
    expect(
      warnings(
        (stack) => props(stack, 'sales'),
        (stack) => new VoiceClonePipeline(stack, 'Support', props(stack, 'support')),
      ),
    ).toEqual([]);
  });
});

describe('a policy of a bucket', () => {
  const header = 's3:x-amz-server-side-encryption';
  const unless = (encryption: string) => ({ StringNotEquals: { [header]: encryption } });

  it.each<[string, Conditions, ServerSideEncryption | undefined, boolean]>([
    ['an encryption', unless('aws:kms'), undefined, true],
    ['another encryption', unless('aws:kms'), ServerSideEncryption.S3_MANAGED, true],
    ['the encryption', unless('aws:kms'), ServerSideEncryption.KMS, false],
    ['an encryption, if one is named', { StringNotEqualsIfExists: { [header]: 'aws:kms' } }, undefined, true],
    ['any encryption', { Null: { [header]: 'true' } }, undefined, true],
    ['any encryption', { Null: { [header]: true } }, ServerSideEncryption.KMS, false],
    ['no other encryption', { StringEquals: { [header]: 'AES256' } }, undefined, false],
    ['our organization', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } }, undefined, false],
    ['TLS', { Bool: { 'aws:SecureTransport': 'false' } }, undefined, false],
  ])(
    'that demands %s: synthesis says if it shuts out the function (%j, %j)',
    (_, conditions, sse, isShut) => {
      const seen = warnings(
        () => ({ ...(sse && { serverSideEncryption: sse }) }),
        (stack) => {
          const { stateBucket } = stack.node.findChild('Pipeline') as VoiceClonePipeline;
          const rule = {
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: ['s3:Put*'],
            conditions,
          };
          stateBucket.addToResourcePolicy(
            new PolicyStatement({ ...rule, resources: [stateBucket.arnForObjects('*')] }),
          );
        },
      );
      const text =
        'Test/Pipeline/State/Policy/Resource denies the function what it needs (s3:PutObject): except its role, or';
      expect(seen.map((each) => each.startsWith(text))).toEqual(isShut ? [true] : []);
    },
  );
});

it.each<[string, LifecycleRule, boolean]>([
  ['deletes ledgers', { expiration: Duration.days(30) }, true],
  ['deletes those of the prefix', { prefix: 'voices/drops/', expiration: Duration.days(30) }, true],
  ['deletes something else', { prefix: 'logs/', expiration: Duration.days(30) }, false],
  ['deletes what is known at deployment', { prefix: Aws.REGION, expiration: Duration.days(30) }, false],
  ['deletes old versions', { noncurrentVersionExpiration: Duration.days(30) }, false],
])('a rule of the state bucket that %s: synthesis says if it makes you pay again', (_, rule, isWarned) => {
  const seen = warnings((stack) => ({
    bucket: Bucket.fromBucketName(stack, 'Voices', 'voices'),
    prefix: 'drops',
    stateBucket: new Bucket(stack, 'State', { lifecycleRules: [rule] }) as IBucket,
  }));
  expect(seen.some((each) => /Test\/State.* deletes ledgers.*paid for again/.test(each))).toBe(isWarned);
});

it.each<[string, (bucketName: string) => string, number]>([
  ['something else', () => 'logs/', 0],
  ['some of its ledgers', (bucketName) => `${bucketName}/drops/old`, 1],
])('a rule of the state bucket that deletes %s, for a bucket that the app creates', (_, prefix, count) => {
  const seen = warnings((stack) => {
    const bucket = new Bucket(stack, 'Voices') as IBucket;
    const lifecycleRules = [{ prefix: prefix(bucket.bucketName), expiration: Duration.days(30) }];
    return {
      bucket,
      prefix: 'drops',
      stateBucket: new Bucket(stack, 'State', { lifecycleRules }) as IBucket,
    };
  });
  expect(seen.filter((each) => each.includes('deletes ledgers'))).toHaveLength(count);
});

it.each<[string, Partial<BucketDeploymentProps>, boolean]>([
  ['the whole bucket', {}, true],
  ['the folder around the prefix', { destinationKeyPrefix: 'team/' }, true],
  ['another folder', { destinationKeyPrefix: 'tea' }, false],
  ['nothing', { prune: false }, false],
])('files that the app deploys into the bucket, deleting %s', (_, props, isWarned) => {
  for (const name of ['bucket', 'stateBucket'] as const) {
    const app = newApp();
    const stack = new Stack(app, 'Test');
    const pipeline = new VoiceClonePipeline(stack, 'Pipeline', { prefix: 'team/voices' });
    new BucketDeployment(new Stack(app, 'Site'), 'Page', {
      destinationBucket: pipeline[name],
      sources: [Source.data('index.html', '')],
      ...props,
    });
    const isHarmful = isWarned && (name === 'bucket' || props.destinationKeyPrefix === undefined);
    const said = /^Site\/Page: each deployment deletes all.*prune: false/;
    expect(warningsOf(stack).map((each) => said.test(each))).toEqual(Array(isHarmful ? 1 : 0).fill(true));
  }
});

describe('what outlives the stack', () => {
  const destroy = (stack: Stack) => RemovalPolicies.of(stack).destroy();
  const paths = ['Pipeline/Bucket', 'Pipeline/State', 'Pipeline/ApiKey', 'Key'].map(
    (id) => `Test/${id}/Resource`,
  );

  it('unless an aspect deletes it: synthesis names it, with the price', () => {
    expect(warnings((stack) => ({ encryptionKey: new Key(stack, 'Key') }), destroy)).toEqual([
      expect.stringMatching(`^${paths.join(', ')}: deleted with the stack.*ledgers.*paid for again`),
    ]);
  });

  it('is deleted without a warning if that was asked for when it was created', () => {
    const removalPolicy = RemovalPolicy.DESTROY;
    const props = (stack: Stack) => ({
      stateBucket: new Bucket(stack, 'Ledgers', { removalPolicy }) as IBucket,
      removalPolicy,
    });
    expect(warnings(props, destroy)).toEqual([]);
  });
});

describe('an aspect that encrypts', () => {
  const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const kms = { sseAlgorithm: 'aws:kms', kmsMasterKeyId: arn };
  const encrypting = (stack: Stack) =>
    Aspects.of(stack).add({
      visit(each) {
        if (each instanceof CfnQueue || each instanceof CfnTopic) each.kmsMasterKeyId = arn;
        if (each instanceof CfnSecret) each.kmsKeyId = arn;
        if (each instanceof CfnBucket)
          each.bucketEncryption = {
            serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: kms }],
          };
      },
    });

  it('buckets and queues with a key that the pipeline does not know: synthesis names them', () => {
    const paths = ['Bucket', 'State', 'ApiKey', 'Uploads', 'DeadLetters', 'Results', 'Alarms'].map(
      (id) => `Test/Pipeline/${id}/Resource`,
    );
    expect(warnings(() => ({}), encrypting)).toEqual([
      expect.stringContaining(
        `${paths.join(', ')}: encrypted with a KMS key that the pipeline does not know`,
      ),
    ]);
  });

  it('with the key that was passed is fine', () => {
    const seen = warnings((stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', arn) }), encrypting);
    expect(seen).toEqual([expect.stringContaining('CDK cannot change the policy of an imported key')]);
    const byId = (stack: Stack) =>
      setting(stack, CfnQueue, (queue) => {
        queue.kmsMasterKeyId = (stack.node.findChild('Key') as Key).keyId;
      });
    expect(warnings((stack) => ({ encryptionKey: new Key(stack, 'Key') }), byId)).toEqual([]);
  });

  it('with another key than the one that was passed: synthesis names what has it', () => {
    expect(warnings((stack) => ({ encryptionKey: new Key(stack, 'Key') }), encrypting)).toEqual([
      expect.stringContaining(
        'Test/Pipeline/Alarms/Resource: encrypted with a KMS key that the pipeline does not know',
      ),
    ]);
  });

  it('the function’s environment: synthesis names it', () => {
    const environment = (stack: Stack) =>
      setting(stack, CfnFunction, (lambda) => {
        lambda.kmsKeyArn = arn;
      });
    expect(warnings(() => ({}), environment)).toEqual([
      expect.stringMatching(/^Test\/Pipeline\/Function\/Resource: encrypted with a KMS key/),
    ]);
  });

  it.each([
    [UploadSource.NOTIFICATIONS, ['Uploads', 'Alarms']],
    [UploadSource.EVENT_BRIDGE, ['Uploads', 'DeadLetters', 'Alarms']],
  ])('with keys that AWS manages: synthesis names what services cannot send to (%j)', (source, ids) => {
    const managed = (stack: Stack) => {
      setting(stack, CfnQueue, (queue) => {
        queue.kmsMasterKeyId = 'alias/aws/sqs';
      });
      setting(stack, CfnTopic, (topic) => {
        topic.kmsMasterKeyId = 'alias/aws/sns';
      });
      setting(stack, CfnSecret, (secret) => {
        secret.kmsKeyId = 'alias/aws/secretsmanager';
      });
    };
    const paths = ids.map((id) => `Test/Pipeline/${id}/Resource`).join(', ');
    expect(warnings(() => ({ source }), managed)).toEqual([
      expect.stringContaining(
        `${paths}: encrypted with a KMS key that AWS manages, which S3, EventBridge and CloudWatch`,
      ),
    ]);
  });
});

describe('an aspect that sets of functions', () => {
  const all = (stack: Stack) =>
    setting(stack, CfnFunction, (lambda) => {
      lambda.vpcConfig = { subnetIds: ['subnet-12345678'], securityGroupIds: ['sg-12345678'] };
      lambda.tracingConfig = { mode: 'Active' };
      lambda.deadLetterConfig = { targetArn: 'arn:aws:sqs:eu-west-1:111122223333:letters' };
    });

  it('what their role may not do: Lambda refuses the function, which synthesis says', () => {
    const lacks = (name: string, action: string) =>
      expect.stringMatching(
        `^Test/Pipeline/Function/Resource: its ${name} was set, but its role lacks ${action}`,
      ) as string;
    expect(warnings(() => ({}), all)).toEqual([
      lacks('VpcConfig', 'ec2:CreateNetworkInterface'),
      lacks('TracingConfig', 'xray:PutTraceSegments'),
      lacks('DeadLetterConfig', 'sqs:SendMessage'),
    ]);
  });

  it('what their role may do is fine', () => {
    const props = (stack: Stack) => ({ vpc: new Vpc(stack, 'Vpc') as IVpc, tracing: Tracing.ACTIVE });
    const permitted = (stack: Stack) => {
      const { function: lambda } = stack.node.findChild('Pipeline') as VoiceClonePipeline;
      lambda.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: ['*'] }));
      all(stack);
    };
    expect(warnings(props, permitted)).toEqual([]);
  });
});

describe('an aspect that changes limits', () => {
  const timeout = (seconds: number) => (stack: Stack) =>
    setting(stack, CfnFunction, (lambda) => {
      lambda.timeout = seconds;
    });

  it('leaves the function too little: every drop would fail, which synthesis says', () => {
    expect(warnings(() => ({}), timeout(620))).toEqual([
      expect.stringMatching(
        /^Test\/Pipeline\/Function\/Resource: its Timeout was changed to 620 seconds.*must exceed cloneTimeout by more than 20/,
      ),
    ]);
    expect(warnings(() => ({}), timeout(621))).toEqual([]);
  });

  it('makes the function’s timeout longer than the queue’s, which Lambda refuses', () => {
    const props = { timeout: Duration.minutes(11) };
    const refused =
      /^Test\/Pipeline\/Uploads\/Resource: its VisibilityTimeout, 720 seconds, is shorter.*721 seconds, which Lambda refuses/;
    expect(warnings(() => props, timeout(721))).toEqual([expect.stringMatching(refused)]);
    expect(warnings(() => props, timeout(720))).toEqual([]);
    const hidden = (stack: Stack) =>
      setting(stack, CfnQueue, (queue) => {
        queue.visibilityTimeout = 30;
      });
    expect(warnings(() => ({}), hidden)).toEqual([
      expect.stringContaining('its VisibilityTimeout, 30 seconds, is'),
    ]);
  });

  it('lets the queue give up too early, or Lambda throttle the function', () => {
    const fewer = (stack: Stack) =>
      setting(stack, CfnQueue, (queue) => {
        if (queue.redrivePolicy) queue.addPropertyOverride('RedrivePolicy.maxReceiveCount', 3);
      });
    expect(warnings(() => ({}), fewer)).toEqual([
      expect.stringMatching(
        /^Test\/Pipeline\/Uploads\/Resource: its maxReceiveCount was changed to 3.*received 67 times/,
      ),
    ]);
    const reserving = (executions: number) => (stack: Stack) =>
      setting(stack, CfnFunction, (lambda) => {
        lambda.reservedConcurrentExecutions = executions;
      });
    expect(warnings(() => ({}), reserving(4))).toEqual([
      expect.stringMatching(/ReservedConcurrentExecutions was changed to 4, less than maxConcurrency \(5\)/),
    ]);
    expect(warnings(() => ({}), reserving(5))).toEqual([]);
  });
});

it('a prefix that is known only at deployment is not checked, which synthesis says', () => {
  expect(warnings(() => ({ prefix: Aws.REGION }))).toEqual([
    expect.stringContaining(
      'The prefix of Test/Pipeline is known only at deployment: check yourself that it has only letters, digits and - _ . /, is not empty, neither starts nor ends',
    ),
  ]);
});

import { CfnResource, Resource, Stack } from 'aws-cdk-lib';
import {
  CfnRoute,
  CfnSecurityGroup,
  CfnSecurityGroupEgress,
  CfnVPCEndpoint,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { propertiesOf } from './properties-of.ts';

/** The function's network, which the app may change after the pipeline was made. */
export interface NetworkParts {
  readonly function: IFunction;
  readonly vpc: IVpc | undefined;
  readonly vpcSubnets: SubnetSelection | undefined;
  readonly securityGroups: readonly ISecurityGroup[] | undefined;
  readonly apiUrl: string | undefined;
}

/** The services that the function calls, apart from the Callers API, as their endpoints and as the SDK's variables name them. */
const SERVICES = { s3: 'S3', sqs: 'SQS', sns: 'SNS', secretsmanager: 'SECRETS_MANAGER' };

/** Subnets without a way to all that the function calls. */
export function isolatedSubnets(parts: NetworkParts): string | undefined {
  const { vpc, vpcSubnets, apiUrl } = parts;
  if (!vpc) return undefined;
  const isolated = vpc
    .selectSubnets(vpcSubnets)
    // While CDK has not looked up a VPC, its private subnets count as isolated ones too.
    .subnets.filter(
      (subnet) =>
        isIn(subnet, vpc.isolatedSubnets) && !isIn(subnet, vpc.privateSubnets) && !hasDefaultRoute(subnet),
    );
  if (isolated.length === 0) return undefined;
  const unreachable = [
    ...(apiUrl === undefined && !hasProxy(parts) ? ['the Callers API'] : []),
    // Of a VPC that is made elsewhere, CDK does not know the endpoints.
    ...(Resource.isOwnedResource(vpc)
      ? Object.entries(SERVICES).flatMap(([service, variable]) =>
          `AWS_ENDPOINT_URL_${variable}` in variablesOf(parts) ? [] : withoutEndpoint(vpc, service, isolated),
        )
      : []),
  ];
  if (unreachable.length === 0) return undefined;
  return (
    `The function is in isolated subnets (${isolated.map(({ node }) => node.path).join(', ')}), from which it cannot reach ` +
    `${unreachable.join(', ')}: choose subnets with a NAT gateway. VPC endpoints do not lead to the Callers API`
  );
}

function isIn({ subnetId }: ISubnet, subnets: readonly ISubnet[]): boolean {
  return subnets.some((subnet) => subnet.subnetId === subnetId);
}

/** Whether the app gives a subnet a way out that CDK takes no account of, such as a transit gateway. */
function hasDefaultRoute(subnet: ISubnet): boolean {
  return subnet.node.root.node
    .findAll()
    .some(
      (each) =>
        each instanceof CfnRoute &&
        each.destinationCidrBlock === '0.0.0.0/0' &&
        each.routeTableId === subnet.routeTable.routeTableId,
    );
}

/** Whether the function calls the API through a proxy (docs/deploy.md). */
function hasProxy(parts: NetworkParts): boolean {
  const variables = variablesOf(parts);
  return 'HTTPS_PROXY' in variables || 'https_proxy' in variables;
}

/** The function's environment. */
function variablesOf(parts: NetworkParts): object {
  const resource = parts.function.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return {};
  const { Variables = {} } = (propertiesOf(resource)['Environment'] ?? {}) as { Variables?: object };
  return Variables;
}

/** The service, with the reason, if the VPC has no endpoint that the function would find. */
function withoutEndpoint(vpc: IVpc, service: string, subnets: readonly ISubnet[]): string[] {
  const endpoints = vpc.node.root.node
    .findAll()
    .filter((each) => each instanceof CfnVPCEndpoint)
    .filter(
      (each) =>
        each.vpcId === vpc.vpcId &&
        // The name contains the region, which may be a token.
        JSON.stringify(Stack.of(each).resolve(each.serviceName) ?? '').includes(`.${service}"`),
    );
  const [gateways, interfaces] = [endpoints.filter(isGateway), endpoints.filter((each) => !isGateway(each))];
  const isRouted = subnets.every((subnet) => gateways.some((each) => isRoutedFrom(subnet, each)));
  if (isRouted || interfaces.some(hasPrivateDns)) return [];
  if (interfaces.length > 0)
    return hasZone(vpc, service) ? [] : [`${service} (whose endpoint has no private DNS)`];
  return [gateways.length > 0 ? `${service} (whose endpoint has no route from there)` : service];
}

function isGateway(endpoint: CfnVPCEndpoint): boolean {
  return propertiesOf(endpoint)['VpcEndpointType'] !== 'Interface';
}

/** Whether an endpoint is in the subnet's route table, or may be. */
function isRoutedFrom({ routeTable }: ISubnet, endpoint: CfnVPCEndpoint): boolean {
  const { RouteTableIds = [] } = propertiesOf(endpoint);
  if (!Array.isArray(RouteTableIds)) return true;
  const id = JSON.stringify(Stack.of(endpoint).resolve(routeTable.routeTableId));
  return RouteTableIds.some((each) => JSON.stringify(each) === id);
}

/** Whether the service's usual name leads to an endpoint. */
function hasPrivateDns(endpoint: CfnVPCEndpoint): boolean {
  return (propertiesOf(endpoint)['PrivateDnsEnabled'] ?? false) !== false;
}

/** Whether the app has a DNS zone of its own for the service. */
function hasZone(vpc: IVpc, service: string): boolean {
  return vpc.node.root.node
    .findAll()
    .some(
      (each) =>
        CfnResource.isCfnResource(each) &&
        each.cfnResourceType === 'AWS::Route53::HostedZone' &&
        JSON.stringify(propertiesOf(each)['Name'] ?? '').includes(`"${service}.`),
    );
}

/** Security groups of which none lets the function call anything: all that it calls is HTTPS. */
export function closedSecurityGroups({ securityGroups = [] }: NetworkParts): string | undefined {
  if (securityGroups.length === 0 || !securityGroups.every(isClosed)) return undefined;
  return (
    `The security groups of the function (${securityGroups.map(({ node }) => node.path).join(', ')}) do not let HTTPS out: set ` +
    '`allowAllOutbound`, or allow port 443 with `addEgressRule`'
  );
}

interface EgressRule {
  readonly GroupId?: unknown;
  readonly CidrIp?: unknown;
  readonly CidrIpv6?: unknown;
  readonly IpProtocol?: unknown;
  readonly FromPort?: unknown;
  readonly ToPort?: unknown;
}

/** Whether a group of this app lets no HTTPS out, also by rules beside it. EC2 lets all out without a rule. */
function isClosed(group: ISecurityGroup): boolean {
  const resource = group.node.defaultChild;
  if (!(resource instanceof CfnSecurityGroup)) return false;
  const rules = propertiesOf(resource)['SecurityGroupEgress'] as EgressRule[] | undefined;
  const id = JSON.stringify(Stack.of(group).resolve(group.securityGroupId));
  const beside = group.node.root.node
    .findAll()
    .filter((each) => each instanceof CfnSecurityGroupEgress)
    .map((each): EgressRule => propertiesOf(each))
    .filter(({ GroupId }) => JSON.stringify(GroupId) === id);
  return rules !== undefined && ![...rules, ...beside].some(mayBeForHttps);
}

/** Also if that is known only at deployment. */
function mayBeForHttps({ CidrIp, CidrIpv6, IpProtocol, FromPort, ToPort }: EgressRule): boolean {
  if (NOWHERE.has(CidrIp ?? CidrIpv6) || ['udp', 'icmp', 'icmpv6'].includes(IpProtocol as string))
    return false;
  const isBeyond =
    (typeof FromPort === 'number' && FromPort > HTTPS) || (typeof ToPort === 'number' && ToPort < HTTPS);
  return IpProtocol === '-1' || !isBeyond;
}

const HTTPS = 443;

/** The destinations of CDK's rules that allow nothing. */
const NOWHERE = new Set<unknown>(['255.255.255.255/32', '::1/128']);

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
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { settingOf } from './policies.ts';
import { type Endpoint, endpointOf, isClosed, SERVICES, shutOut } from './endpoints.ts';
import { propertiesOf } from './properties-of.ts';

/** The function's network, which the app may change after the pipeline was made. */
export interface NetworkParts {
  readonly function: IFunction;
  readonly vpc: IVpc | undefined;
  readonly vpcSubnets: SubnetSelection | undefined;
  readonly securityGroups: readonly ISecurityGroup[] | undefined;
  readonly apiUrl: string | undefined;
  /** The header with which the function writes, if any. */
  readonly encryption: string | undefined;
  /** Of the function's role. */
  readonly permissions: readonly PolicyStatement[];
}

/** What keeps the function from what it calls, each with the ID of the warning. */
export function networkProblems(parts: NetworkParts): [id: string, text: string | undefined][] {
  if (!parts.vpc) return [];
  const network = { ...parts, vpc: parts.vpc, all: parts.vpc.node.root.node.findAll() };
  const endpoints = endpointsOf(network);
  return [
    ['isolatedSubnets', isolatedSubnets(network, endpoints)],
    ['closedSecurityGroups', closedSecurityGroups(network)],
    ...endpoints.map((each): [string, string | undefined] => [
      'closedEndpoint',
      closedEndpoint(each, network),
    ]),
  ];
}

/** The network, with all constructs of the app. */
type Network = NetworkParts & { readonly vpc: IVpc; readonly all: readonly IConstruct[] };

/** Subnets without a way to all that the function calls. */
function isolatedSubnets(network: Network, endpoints: readonly Endpoint[]): string | undefined {
  const { vpc, vpcSubnets, apiUrl } = network;
  const isolated = vpc.selectSubnets(vpcSubnets).subnets.filter((subnet) => !hasWayOut(subnet, network));
  if (isolated.length === 0) return undefined;
  const unreachable = [
    ...(apiUrl === undefined && !hasProxy(network) ? ['the Callers API'] : []),
    // Of a VPC that is made elsewhere, CDK does not know the endpoints.
    ...(Resource.isOwnedResource(vpc)
      ? Object.entries(SERVICES).flatMap(([service, variable]) =>
          `AWS_ENDPOINT_URL_${variable}` in variablesOf(network)
            ? []
            : withoutEndpoint(
                service,
                endpoints.filter((each) => each.service === service),
                isolated,
                network,
              ),
        )
      : []),
  ];
  if (unreachable.length === 0) return undefined;
  const kind = isolated.every((each) => isIn(each, vpc.isolatedSubnets))
    ? 'isolated subnets'
    : 'subnets without a default route';
  return (
    `The function is in ${kind} (${isolated.map(({ node }) => node.path).join(', ')}), from which it cannot reach ` +
    `${unreachable.join(', ')}: choose subnets with a NAT gateway. VPC endpoints do not lead to the Callers API`
  );
}

/** Whether a subnet leads out of the VPC, as far as CDK knows. */
function hasWayOut(subnet: ISubnet, network: Network): boolean {
  const { vpc } = network;
  const isPrivate = isIn(subnet, vpc.privateSubnets);
  // A VPC of this app has private subnets also without a NAT gateway (`natGateways: 0`).
  if (isPrivate && Resource.isOwnedResource(vpc) && Resource.isOwnedResource(subnet))
    return hasDefaultRoute(subnet, network);
  // While CDK has not looked up a VPC, its private subnets count as isolated ones too.
  return isPrivate || !isIn(subnet, vpc.isolatedSubnets) || hasDefaultRoute(subnet, network);
}

function isIn({ subnetId }: ISubnet, subnets: readonly ISubnet[]): boolean {
  return subnets.some((subnet) => subnet.subnetId === subnetId);
}

/** Whether the app gives a subnet a way out, such as a NAT or transit gateway. */
function hasDefaultRoute(subnet: ISubnet, { all }: Network): boolean {
  return all.some(
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

/** The endpoints of the VPC for what the function calls. */
function endpointsOf({ vpc, all }: Network): Endpoint[] {
  return all
    .filter((each) => each instanceof CfnVPCEndpoint)
    .filter((each) => each.vpcId === vpc.vpcId)
    .flatMap(endpointOf);
}

/** An endpoint that is in the function's way, but does not let it through. */
function closedEndpoint(endpoint: Endpoint, network: Network): string | undefined {
  if (!isOnTheWay(endpoint, network)) return undefined;
  const { permissions, function: lambda, all } = network;
  const { path } = endpoint.resource.node;
  const actions = shutOut(endpoint, settingOf(endpoint.resource, network, all), permissions);
  if (actions.length > 0) {
    return (
      `The policy of ${path} does not allow what the function does through it (${actions.join(', ')}, see docs/deploy.md): ` +
      'leave the endpoint without a policy, or add it'
    );
  }
  return isClosed(endpoint, lambda.connections.securityGroups, all)
    ? `The security groups of ${path} do not let the function in: add ` +
        '`endpoint.connections.allowDefaultPortFrom(pipeline.function)`'
    : undefined;
}

function isOnTheWay(endpoint: Endpoint, { vpc, vpcSubnets }: Network): boolean {
  return isGateway(endpoint)
    ? vpc.selectSubnets(vpcSubnets).subnets.some((subnet) => isRoutedFrom(subnet, endpoint))
    : hasPrivateDns(endpoint);
}

/** The service, with the reason, if the VPC has no endpoint that the function would find. */
function withoutEndpoint(
  service: string,
  endpoints: readonly Endpoint[],
  subnets: readonly ISubnet[],
  { all }: Network,
): string[] {
  const [gateways, interfaces] = [endpoints.filter(isGateway), endpoints.filter((each) => !isGateway(each))];
  const isRouted = subnets.every((subnet) => gateways.some((each) => isRoutedFrom(subnet, each)));
  if (isRouted || interfaces.some(hasPrivateDns)) return [];
  if (interfaces.length > 0)
    return hasZone(all, service) ? [] : [`${service} (whose endpoint has no private DNS)`];
  return [gateways.length > 0 ? `${service} (whose endpoint has no route from there)` : service];
}

function isGateway({ properties }: Endpoint): boolean {
  return properties['VpcEndpointType'] !== 'Interface';
}

/** Whether an endpoint is in the subnet's route table, or may be. */
function isRoutedFrom({ routeTable }: ISubnet, { resource, properties }: Endpoint): boolean {
  const { RouteTableIds = [] } = properties;
  if (!Array.isArray(RouteTableIds)) return true;
  const id = JSON.stringify(Stack.of(resource).resolve(routeTable.routeTableId));
  return RouteTableIds.some((each) => JSON.stringify(each) === id);
}

/** Whether the service's usual name leads to an endpoint. */
function hasPrivateDns({ properties }: Endpoint): boolean {
  return (properties['PrivateDnsEnabled'] ?? false) !== false;
}

/** Whether the app has a DNS zone of its own for the service. */
function hasZone(all: readonly IConstruct[], service: string): boolean {
  return all.some(
    (each) =>
      CfnResource.isCfnResource(each) &&
      each.cfnResourceType === 'AWS::Route53::HostedZone' &&
      JSON.stringify(propertiesOf(each)['Name'] ?? '').includes(`"${service}.`),
  );
}

/** Security groups of which none lets the function call anything: all that it calls is HTTPS. */
function closedSecurityGroups({ securityGroups = [], all }: Network): string | undefined {
  if (securityGroups.length === 0 || !securityGroups.every((each) => letsNoneOut(each, all)))
    return undefined;
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
function letsNoneOut(group: ISecurityGroup, all: readonly IConstruct[]): boolean {
  const resource = group.node.defaultChild;
  if (!(resource instanceof CfnSecurityGroup)) return false;
  const rules = propertiesOf(resource)['SecurityGroupEgress'] as EgressRule[] | undefined;
  const id = JSON.stringify(Stack.of(group).resolve(group.securityGroupId));
  const beside = all
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

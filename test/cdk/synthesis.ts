import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { VoiceCloneStack, type VoiceCloneStackProps } from '../../cdk/voice-clone-stack.ts';
import type { VoiceClonePipelineProps } from '../../cdk/voice-clone-pipeline-props.ts';
import { VoiceClonePipeline } from '../../cdk/voice-clone-pipeline.ts';

const folders: string[] = [];

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'voice-clone-cdk-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** An app whose assembly is removed after the tests; without CDK's validation, which has its own test. */
export function newApp(props: AppProps = {}): App {
  return new App({
    outdir: temporaryFolder(),
    builtinCloudFormationValidation: false,
    // Takes a tenth of the time, and no test reads it.
    treeMetadata: false,
    analyticsReporting: false,
    // As the CDK's command line sets it.
    context: { 'aws:cdk:enable-path-metadata': true },
    ...props,
  });
}

/** What CloudFormation gets of the stack that people deploy; of the stack without props, the same template each time. */
export function templateOfStack(props?: VoiceCloneStackProps): Template {
  if (!props) return (stackWithoutProps ??= templateOfStack({}));
  return Template.fromStack(new VoiceCloneStack(newApp(), 'Test', props));
}
let stackWithoutProps: Template | undefined;

/** What CloudFormation gets of the construct alone, likewise; the props may be made in the stack that it is in. */
export function templateOfPipeline(
  props?: VoiceClonePipelineProps | ((stack: Stack) => VoiceClonePipelineProps),
): Template {
  if (!props) return (pipelineWithoutProps ??= templateOfPipeline({}));
  const stack = new Stack(newApp(), 'Test');
  new VoiceClonePipeline(stack, 'Pipeline', typeof props === 'function' ? props(stack) : props);
  return Template.fromStack(stack);
}
let pipelineWithoutProps: Template | undefined;

/** What synthesis warns of. */
export function warningsOf(stack: Stack): string[] {
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => entry.data as string);
}

/** A resource of a template. */
export interface Resource {
  Type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what is in a template has no type
  Properties: any;
  DeletionPolicy?: string;
  DependsOn?: string[];
  Metadata?: { 'aws:cdk:path'?: string };
}

/** The resources of that type. */
export const allOf = (template: Template, type: string): Resource[] =>
  Object.values(template.findResources(type) as Record<string, Resource>);

/** The only resource of that type whose construct path ends like that. */
export function find(template: Template, type: string, path = ''): Resource {
  const found = allOf(template, type).filter((resource) =>
    resource.Metadata?.['aws:cdk:path']?.endsWith(path),
  );
  const [resource] = found;
  if (!resource || found.length > 1) throw new Error(`${found.length} of ${type} end with ${path}`);
  return resource;
}

/** The pipeline's function. */
export function functionOf(template: Template): Resource {
  return find(template, 'AWS::Lambda::Function', '/Pipeline/Function/Resource');
}

/**
 * A value of a template as text that can be read: references as `<construct path>` or `<construct path.Attribute>`,
 * pseudo parameters as `<AWS::Region>`.
 */
export function readable(template: Template, value: unknown): string {
  const resources = template.toJSON()['Resources'] as Record<string, Resource>;
  const nameOf = (logicalId: string) =>
    resources[logicalId]?.Metadata?.['aws:cdk:path']
      ?.replace(/\/Resource$/, '')
      .split('/')
      .slice(1)
      .join('/') ?? logicalId;
  const text = (part: unknown): string => {
    if (typeof part !== 'object' || part === null) return String(part);
    const [[kind, argument] = ['', undefined]] = Object.entries(part) as [string, unknown][];
    switch (kind) {
      case 'Ref':
        return `<${nameOf(argument as string)}>`;
      case 'Fn::GetAtt': {
        const [id, attribute] = argument as [string, string];
        return `<${nameOf(id)}.${attribute}>`;
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown[]];
        return parts.map(text).join(separator);
      }
      default:
        return JSON.stringify(part);
    }
  };
  return text(value);
}

/** All `Allow` statements of a template, one for each action, with the construct that they belong to. */
export function allowedIn(template: Template): { of: string; action: string; statement: Statement }[] {
  const policyDocuments = Object.values(template.toJSON()['Resources'] as Record<string, Resource>).flatMap(
    (resource) =>
      ['PolicyDocument', 'KeyPolicy', 'AssumeRolePolicyDocument'].flatMap((property) => {
        const document = resource.Properties?.[property] as { Statement: Statement[] } | undefined;
        return document ? [{ of: resource.Metadata?.['aws:cdk:path'] ?? '', document }] : [];
      }),
  );
  return policyDocuments.flatMap(({ of, document }) =>
    document.Statement.filter(({ Effect }) => Effect === 'Allow').flatMap((statement) =>
      [statement.Action].flat().map((action) => ({ of, action, statement })),
    ),
  );
}

/** A statement of a policy in a template. */
export interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource?: unknown;
  Principal?: unknown;
  Condition?: unknown;
}

import * as v from 'valibot'
import type { Assembly } from '../assembly.ts'
import { UnsupportedError } from '../errors.ts'
import type { JsonLogs } from '../functions/messages.ts'
import type { FunctionUrlAuthType } from './function-url.ts'
import { between, flag, ignored, readProperties, scalarText, wholeNumber } from './properties.ts'
import type { Resource } from './resolve-template.ts'

export interface FunctionDefinition {
  readonly functionName: string
  readonly functionArn: string
  /** What the developer calls it: the logical id. */
  readonly logicalId: string
  readonly roleArn: string
  /** The folder or the zip file that holds the code; '' for inline code. */
  readonly codeDirectory: string
  /** A CommonJS module. */
  readonly inlineCode?: string | undefined
  /** `{path of the module}.{path of the export}`, such as `src/connect.handler` */
  readonly handler: string
  readonly runtime: string
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  /** How many invocations run at a time before Lambda throttles the next; undefined for no such limit. */
  readonly reservedConcurrency?: number | undefined
  /** Whether it may go on for ever in a chain with queues. */
  readonly allowsRecursiveLoop?: boolean
  readonly environment: Readonly<Record<string, string>>
  readonly logGroupName: string
  /** Undefined for the text format. */
  readonly jsonLogs?: JsonLogs | undefined
}

/** Who may invoke a function, from a resource of type AWS::Lambda::Permission. */
export interface InvokePermission {
  readonly action: 'lambda:InvokeFunction' | 'lambda:InvokeFunctionUrl'
  readonly functionArn: string
  readonly principal: string
  /** Undefined: whatever calls. It may hold wildcards. */
  readonly sourceArn: string | undefined
  /** Undefined: by a URL of any kind. */
  readonly functionUrlAuthType: FunctionUrlAuthType | undefined
  /** Whether it is good for nothing but calls by the function's URL. */
  readonly onlyByUrl: boolean
}

/** Older ones bring another SDK along, and Lambda makes no new function of theirs. */
const OLDEST_NODE = 18

// "Lambda quotas": what stops a deployment stops the start.
const MAX_TIMEOUT_SECONDS = 900
const MIN_MEMORY_MEGABYTES = 128
const MAX_MEMORY_MEGABYTES = 10_240

const loggingSchema = v.pipe(
  v.strictObject({
    LogGroup: v.optional(v.string()),
    LogFormat: v.optional(v.picklist(['Text', 'JSON'])),
    ApplicationLogLevel: v.optional(
      v.picklist(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']),
    ),
    SystemLogLevel: v.optional(v.picklist(['DEBUG', 'INFO', 'WARN'])),
  }),
  v.check(
    ({ LogFormat, ApplicationLogLevel, SystemLogLevel }) =>
      LogFormat === 'JSON' || (ApplicationLogLevel ?? SystemLogLevel) === undefined,
    'Lambda takes log levels only with the log format JSON',
  ),
)

const functionSchema = v.strictObject({
  Code: v.strictObject({
    S3Bucket: ignored,
    S3Key: v.optional(v.string()),
    ZipFile: v.optional(v.string()),
  }),
  Handler: v.pipe(
    v.string(),
    v.check((handler) => !handler.includes('..'), 'Lambda takes no handler with ..'),
  ),
  Role: v.string(),
  Runtime: v.pipe(
    v.string(),
    v.check(
      (runtime) => Number(/^nodejs(\d+)\.x$/.exec(runtime)?.[1]) >= OLDEST_NODE,
      `only nodejs${OLDEST_NODE}.x and later are supported locally`,
    ),
  ),
  Timeout: v.optional(between(1, MAX_TIMEOUT_SECONDS), 3),
  MemorySize: v.optional(between(MIN_MEMORY_MEGABYTES, MAX_MEMORY_MEGABYTES), MIN_MEMORY_MEGABYTES),
  RecursiveLoop: v.optional(v.picklist(['Allow', 'Terminate']), 'Terminate'),
  ReservedConcurrentExecutions: v.optional(wholeNumber),
  Environment: v.optional(
    v.strictObject({ Variables: v.optional(v.record(v.string(), scalarText), {}) }),
    {},
  ),
  LoggingConfig: v.optional(loggingSchema, {}),
  SnapStart: v.optional(v.strictObject({ ApplyOn: v.literal('None') })),
  PackageType: v.optional(v.literal('Zip')),
  FunctionName: ignored,
  Architectures: ignored,
  Description: ignored,
  Tags: ignored,
  // A function notices none of these: who may read its variables and who signed its code, what X-Ray
  // is told, when its runtime is updated, and how much it may write to /tmp before that is full.
  KmsKeyArn: ignored,
  CodeSigningConfigArn: ignored,
  TracingConfig: ignored,
  RuntimeManagementConfig: ignored,
  EphemeralStorage: ignored,
})

const permissionSchema = v.strictObject({
  Action: v.picklist(['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl']),
  FunctionName: v.string(),
  Principal: v.string(),
  SourceArn: v.optional(v.string()),
  FunctionUrlAuthType: v.optional(v.picklist(['AWS_IAM', 'NONE'])),
  InvokedViaFunctionUrl: v.optional(flag, false),
})

export function readFunction(resource: Resource, assembly: Assembly): FunctionDefinition {
  const properties = readProperties(resource, functionSchema)
  const { S3Key = '', ZipFile } = properties.Code
  const codeDirectory = ZipFile === undefined ? assembly.assetPath(S3Key) : ''
  if (codeDirectory === undefined) {
    throw new UnsupportedError(
      `${resource.path}/Properties/Code`,
      'the code is not an asset of this cloud assembly',
    )
  }
  return {
    functionName: resource.ref,
    functionArn: resource.arn,
    logicalId: resource.logicalId,
    roleArn: properties.Role,
    codeDirectory,
    inlineCode: ZipFile,
    handler: properties.Handler,
    runtime: properties.Runtime,
    timeoutSeconds: properties.Timeout,
    memoryMegabytes: properties.MemorySize,
    allowsRecursiveLoop: properties.RecursiveLoop === 'Allow',
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    environment: properties.Environment.Variables,
    logGroupName: properties.LoggingConfig.LogGroup ?? `/aws/lambda/${resource.ref}`,
    jsonLogs: jsonLogsOf(properties.LoggingConfig),
  }
}

function jsonLogsOf(config: v.InferOutput<typeof loggingSchema>): JsonLogs | undefined {
  const { LogFormat, ApplicationLogLevel = 'INFO', SystemLogLevel = 'INFO' } = config
  if (LogFormat !== 'JSON') return undefined
  return { applicationLogLevel: ApplicationLogLevel, systemLogLevel: SystemLogLevel }
}

export function readInvokePermission(resource: Resource): InvokePermission {
  const properties = readProperties(resource, permissionSchema)
  return {
    action: properties.Action,
    functionArn: properties.FunctionName,
    principal: properties.Principal,
    sourceArn: properties.SourceArn,
    functionUrlAuthType: properties.FunctionUrlAuthType,
    onlyByUrl: properties.InvokedViaFunctionUrl,
  }
}

/** It may name the function by its ARN or by an end of it, down to the name alone. */
export function isPermissionFor(permission: InvokePermission, functionArn: string): boolean {
  return `:${functionArn}`.endsWith(`:${permission.functionArn}`)
}

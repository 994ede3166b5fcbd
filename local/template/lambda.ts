import * as v from 'valibot'
import type { Assembly } from '../assembly.ts'
import { UnsupportedError } from '../errors.ts'
import { ignored, readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

export interface FunctionDefinition {
  readonly functionName: string
  readonly functionArn: string
  /** What the developer calls it: the logical id. */
  readonly logicalId: string
  readonly roleArn: string
  /** The folder that holds the code. */
  readonly codeDirectory: string
  /** `file.export` */
  readonly handler: string
  readonly runtime: string
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  readonly environment: Readonly<Record<string, string>>
  readonly logGroupName: string
}

/** Who may invoke a function, from a resource of type AWS::Lambda::Permission. */
export interface InvokePermission {
  readonly functionArn: string
  readonly principal: string
  /** Undefined: whatever calls. It may hold wildcards. */
  readonly sourceArn: string | undefined
}

const functionSchema = v.strictObject({
  Code: v.strictObject({ S3Bucket: v.string(), S3Key: v.string() }),
  Handler: v.string(),
  Role: v.string(),
  Runtime: v.pipe(v.string(), v.startsWith('nodejs')),
  Timeout: v.optional(v.number(), 3),
  MemorySize: v.optional(v.number(), 128),
  Environment: v.optional(
    v.strictObject({ Variables: v.optional(v.record(v.string(), v.string()), {}) }),
    {},
  ),
  LoggingConfig: v.optional(
    v.strictObject({ LogGroup: v.optional(v.string()), LogFormat: v.optional(v.literal('Text')) }),
    {},
  ),
  FunctionName: ignored,
  Architectures: ignored,
  Description: ignored,
  PackageType: v.optional(v.literal('Zip')),
  Tags: ignored,
})

const permissionSchema = v.strictObject({
  Action: v.literal('lambda:InvokeFunction'),
  FunctionName: v.string(),
  Principal: v.string(),
  SourceArn: v.optional(v.string()),
})

export function readFunction(resource: Resource, assembly: Assembly): FunctionDefinition {
  const properties = readProperties(resource, functionSchema)
  const codeDirectory = assembly.assetPath(properties.Code.S3Key)
  if (codeDirectory === undefined) {
    throw new UnsupportedError(
      `${resource.path}/Properties/Code`,
      'the code is not an asset of this cloud assembly',
    )
  }
  if (codeDirectory.endsWith('.zip')) {
    throw new UnsupportedError(
      `${resource.path}/Properties/Code`,
      'the code is a zip file; only a folder is supported locally',
    )
  }
  return {
    functionName: resource.ref,
    functionArn: resource.arn,
    logicalId: resource.logicalId,
    roleArn: properties.Role,
    codeDirectory,
    handler: properties.Handler,
    runtime: properties.Runtime,
    timeoutSeconds: properties.Timeout,
    memoryMegabytes: properties.MemorySize,
    environment: properties.Environment.Variables,
    logGroupName: properties.LoggingConfig.LogGroup ?? `/aws/lambda/${resource.ref}`,
  }
}

export function readInvokePermission(resource: Resource): InvokePermission {
  const properties = readProperties(resource, permissionSchema)
  return {
    functionArn: properties.FunctionName,
    principal: properties.Principal,
    sourceArn: properties.SourceArn,
  }
}

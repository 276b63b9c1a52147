/** Which errors are the user's to mend (one line, exit 2) and which are ours (a stack, exit 70). */
import { ConfigError } from '@intertwiner/cloning';
import { DatasetError } from '@intertwiner/datasets';
import { CheckpointError, DeviceError, TrainingError } from '@intertwiner/engine';
import { InexactActionError, UnknownGroupError } from '@intertwiner/groups';
import { LayerError } from '@intertwiner/layers';
import { ModelError } from '@intertwiner/onnx';
import { RelaxationError } from '@intertwiner/relaxation';

/** Exit codes of every verb. */
export const exitCodes = { done: 0, checkFailed: 1, badInput: 2, internal: 70, interrupted: 130 };

/** Wrong usage: what, where, and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The run was stopped by Ctrl-C; what it computed is kept. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

const mendable = [
  CheckpointError,
  ConfigError,
  DatasetError,
  DeviceError,
  InexactActionError,
  LayerError,
  ModelError,
  RelaxationError,
  TrainingError,
  UnknownGroupError,
  UsageError,
];

const fileErrors: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'a file is in the way',
  EISDIR: 'it is a folder',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

/** The line to print for an error and the code to exit with. */
export function explain(error: unknown): { line: string; code: number } {
  if (error instanceof InterruptedError)
    return { line: error.message, code: exitCodes.interrupted };
  if (mendable.some((kind) => error instanceof kind)) {
    return { line: oneLine((error as Error).message), code: exitCodes.badInput };
  }
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : fileErrors[code];
  if (reason) {
    const where = path ? `'${path}'` : 'a file';
    return {
      line: `Cannot use ${where}: ${reason}. Name another place, or mend this one.`,
      code: exitCodes.badInput,
    };
  }
  const stack = error instanceof Error ? error.stack : String(error);
  return {
    line: `This is a defect of intertwiner; please report it.\n${stack}`,
    code: exitCodes.internal,
  };
}

const oneLine = (message: string): string => message.replaceAll(/\s*\n\s*/g, ' ').trim();

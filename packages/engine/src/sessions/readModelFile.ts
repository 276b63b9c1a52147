import { readFile, stat } from 'node:fs/promises';
import { ModelError } from '@intertwiner/onnx';

/** Where protocol buffers, and so ONNX files, end. */
const largestFile = 2 ** 31 - 1;

/**
 * The bytes of a model file. Its size is looked at first, and what is no file (a device, a pipe) is
 * not read.
 *
 * @throws ModelError saying why it cannot be read.
 */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > largestFile) {
      throw new Error(`it has ${found.size} bytes, and ONNX files end at 2 GiB`);
    }
    return await readFile(path);
  } catch (error) {
    throw new ModelError(`Cannot read the model '${path}': ${(error as Error).message}.`);
  }
}

import { readFile } from 'node:fs/promises';
import { DatasetError } from '../errors.js';
import type { AnyNumericArray, NumericArray, NumericType } from '../formats/array.js';
import { readCsv, type CsvTable, type ReadCsvOptions } from '../formats/csv.js';
import { readIdx, type ReadIdxOptions } from '../formats/idx.js';
import { readNpy } from '../formats/npy.js';

/**
 * Reads an IDX file, gzipped or not.
 *
 * @param path error messages name it unless `options.name` does.
 * @throws DatasetError if the file is missing, unreadable, or no such IDX file ({@link readIdx}).
 */
export async function readIdxFile<T extends NumericType>(
  path: string,
  options: ReadIdxOptions<T> & { readonly dtype: T },
): Promise<NumericArray<T>>;
export async function readIdxFile(path: string, options?: ReadIdxOptions): Promise<AnyNumericArray>;
export async function readIdxFile(
  path: string,
  options: ReadIdxOptions = {},
): Promise<AnyNumericArray> {
  return readIdx(await readBytes(path), { name: path, ...options });
}

/** Reads an NPY file, gzipped or not. Throws `DatasetError` as {@link readNpy} does. */
export async function readNpyFile(path: string): Promise<AnyNumericArray> {
  return readNpy(await readBytes(path), { name: path });
}

/** Reads a CSV file in UTF-8, gzipped or not. Throws `DatasetError` as {@link readCsv} does. */
export async function readCsvFile(path: string, options: ReadCsvOptions = {}): Promise<CsvTable> {
  return readCsv(await readBytes(path), { name: path, ...options });
}

/** The bytes of a file; a `DatasetError` names the file and the system's reason. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new DatasetError(
      {
        where: path,
        expected: 'a readable file',
        found: (error as NodeJS.ErrnoException).code ?? String(error),
        remedy: 'Check the path and its permissions.',
      },
      { cause: error },
    );
  }
}

/** The parts that need Node's file system: everything else of the package runs in a browser too. */
export { fetchMnist, mnistMirrors } from './files/fetch-mnist.js';
export type { FetchedFile, FetchMnistOptions, FetchProgress } from './files/fetch-mnist.js';
export { loadDigits, type LoadDigitsOptions } from './files/load-digits.js';
export { loadModelNet, type LoadModelNetOptions } from './files/load-modelnet.js';
export { mnistFiles, type MnistFile, type MnistPart } from './files/mnist-files.js';
export { readCsvFile, readIdxFile, readNpyFile } from './files/read.js';

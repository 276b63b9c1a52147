/** The four files of MNIST as published, and how to recognise each for certain. */
export interface MnistFile {
  readonly part: MnistPart;
  readonly content: 'images' | 'labels';
  /** The file's usual name, gzipped. */
  readonly fileName: string;
  /** Size of the gzipped file in bytes. */
  readonly bytes: number;
  /** SHA-256 of the gzipped file as every mirror serves it. */
  readonly sha256: string;
  /** SHA-256 of the unpacked file. */
  readonly unpackedSha256: string;
}

/** The 60,000 training digits or the 10,000 test digits. */
export type MnistPart = 'train' | 't10k';

export const mnistFiles: readonly MnistFile[] = [
  {
    part: 'train',
    content: 'images',
    fileName: 'train-images-idx3-ubyte.gz',
    bytes: 9_912_422,
    sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
    unpackedSha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  {
    part: 'train',
    content: 'labels',
    fileName: 'train-labels-idx1-ubyte.gz',
    bytes: 28_881,
    sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
    unpackedSha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  {
    part: 't10k',
    content: 'images',
    fileName: 't10k-images-idx3-ubyte.gz',
    bytes: 1_648_877,
    sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
    unpackedSha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  {
    part: 't10k',
    content: 'labels',
    fileName: 't10k-labels-idx1-ubyte.gz',
    bytes: 4_542,
    sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    unpackedSha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
];

/** What is wrong with a data file or a data set, in three parts that make one sentence each. */
export interface DatasetProblem {
  /** The file, or the name of the data set or array. */
  readonly where: string;
  readonly expected: string;
  readonly found: string;
  /** What the user can do about it. */
  readonly remedy: string;
}

/** Data that cannot be read or do not fit together: `where: expected …, found …. remedy.` */
export class DatasetError extends Error {
  readonly where: string;

  constructor(problem: DatasetProblem, options?: ErrorOptions) {
    const { where, expected, found, remedy } = problem;
    super(`${where}: expected ${expected}, found ${found}. ${remedy}`, options);
    this.name = 'DatasetError';
    this.where = where;
  }
}

import { cloneTask } from './cloning.js';
import { groupCnnTask } from './groupNetworks.js';
import { cnnTask, mlpTask } from './networks.js';
import type { TrainingTask } from './task.js';

const image = { layers: 3, side: 28, kernel: 5, classes: 10, batch: 64 } as const;

const regular = { fields: [8, 16, 16], side: 28, kernel: 5, classes: 10, batch: 64 } as const;

/** The rows of the table. */
export const trainingTasks: readonly TrainingTask[] = [
  mlpTask({ sizes: [784, 512, 512, 10], batch: 256 }),
  mlpTask({ sizes: [64, 128, 128, 16], batch: 64 }),
  mlpTask({ sizes: [256, 256, 256, 64], batch: 64 }),
  mlpTask({ sizes: [1024, 1024, 1024, 1024], batch: 256 }),
  cnnTask({ ...image, channels: 8 }),
  cnnTask({ ...image, channels: 32 }),
  groupCnnTask({ ...regular, group: 'C4', order: 4 }),
  groupCnnTask({ ...regular, group: 'D4', order: 8 }),
  cloneTask({ side: 14, kernel: 3, width: 2048, batch: 256 }),
];

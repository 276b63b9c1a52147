/** The result of `clone --teacher` as a page to look at. */
import { basename } from 'node:path';
import type { Block, Report } from '@intertwiner/report';
import type { TeacherDocument } from '../verbs/cloneOne.js';
import { curve } from './curve.js';

export const teacherReport = (document: TeacherDocument, loss: Float32Array): Report => ({
  title: `A clone of ${basename(document.teacher)}`,
  subtitle: `${document.student} learned ${document.group} from the teacher's outputs`,
  details: [`seed ${document.config.seed}, ${document.device}, ${Math.round(document.seconds)} s`],
  sections: [
    {
      title: 'How well it was cloned',
      blocks: [errorTable(document), ...document.errors.map(elementBars)],
    },
    {
      title: 'Training',
      blocks: [
        {
          kind: 'lines',
          caption:
            'Mean squared error on inputs that are new at every step, in units of the variance.',
          x: { label: 'step' },
          y: { label: 'mean squared error', scale: 'log' },
          series: [curve(document.student, loss)],
        },
        ...searchBlocks(document),
      ],
    },
    {
      title: 'Settings',
      blocks: [
        {
          kind: 'facts',
          facts: Object.entries(document.config).map(([name, value]) => ({
            name,
            value: typeof value === 'number' ? value : JSON.stringify(value),
          })),
        },
      ],
    },
  ],
});

const scientific = { style: 'scientific', digits: 2 } as const;

const errorTable = ({ errors }: TeacherDocument): Block => ({
  kind: 'table',
  caption:
    'Equivariance errors ‖f(g·x) − g·f(x)‖ / ‖f(x)‖, and the error of the clone (1: the mean).',
  columns: [
    { header: 'inputs' },
    { header: 'teacher', format: scientific },
    { header: 'student before', format: scientific },
    { header: 'student after', format: scientific },
    { header: 'clone error', format: scientific },
  ],
  rows: errors.map((on) => [
    on.inputs,
    on.teacher.mean,
    on.before.mean,
    on.student.mean,
    on.normalisedMse,
  ]),
});

const elementBars = (on: TeacherDocument['errors'][number]): Block => ({
  kind: 'bars',
  caption: `Per element, on ${on.inputs}.`,
  y: { label: 'equivariance error' },
  bars: ['teacher', 'student before', 'student after'],
  groups: on.student.perElement.slice(0, 16).map(({ element, error }, i) => ({
    name: element,
    values: [on.teacher.perElement[i]!.error, on.before.perElement[i]!.error, error],
  })),
});

const searchBlocks = ({ attempts }: TeacherDocument): Block[] =>
  attempts.length === 0
    ? []
    : [
        {
          kind: 'table',
          caption: 'Students tried.',
          columns: [
            { header: 'student' },
            { header: 'parameters', format: { style: 'fixed', digits: 0 } },
            { header: 'equivariance error', format: scientific },
            { header: 'clone error', format: scientific },
          ],
          rows: attempts.map((attempt) => [
            attempt.student,
            attempt.parameters,
            attempt.equivarianceError,
            attempt.normalisedMse,
          ]),
        },
      ];

import { join } from 'node:path';
import { writeFileAtomic } from '@intertwiner/engine';
import { htmlReport, type Report } from '@intertwiner/report';
import { jsonText } from '../io/output.js';

/** Writes `report.json` and `report.html` into a folder. */
export async function writeReport(folder: string, document: unknown, page: Report): Promise<void> {
  await writeFileAtomic(join(folder, 'report.json'), `${jsonText(document)}\n`);
  await writeFileAtomic(join(folder, 'report.html'), htmlReport(page));
}

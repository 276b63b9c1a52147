import type { Report } from '@intertwiner/report';
export const kernelsReport = (d: { verdict: string }): Report => ({
  title: d.verdict,
  sections: [],
});

// What every kind of panel is given.
import type { DataFrame, TimeRange } from '@grafana/data';
import type { Mark } from '../annotations';
import type { Panel } from '../dashboard';

export interface PanelProps {
  panel: Panel;
  frames: DataFrame[];
  range: TimeRange;
  width: number;
  height: number;
  marks: Mark[];
  /** Fills in variables, as in a title. */
  fill: (text: string) => string;
}

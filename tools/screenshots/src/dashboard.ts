// What of a dashboard's classic JSON is read here.
import type { DataTransformerConfig, FieldConfigSource } from '@grafana/data';

export interface Target {
  refId: string;
  expr: string;
  legendFormat?: string;
  format?: 'time_series' | 'table' | 'heatmap';
  instant?: boolean;
  range?: boolean;
  interval?: string;
  hide?: boolean;
}

export interface Link {
  title: string;
  type?: 'dashboards' | 'link';
  tags?: string[];
  asDropdown?: boolean;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  transparent?: boolean;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  fieldConfig: FieldConfigSource;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  options: any;
  transformations?: DataTransformerConfig[];
  interval?: string;
  maxDataPoints?: number;
  timeFrom?: string;
  collapsed?: boolean;
  panels?: Panel[];
  links?: Link[];
}

export interface Variable {
  name: string;
  label?: string;
  type: string;
  hide?: number;
  query: string | { query: string };
  regex?: string;
  sort?: number;
  includeAll?: boolean;
  allValue?: string | null;
  multi?: boolean;
  options?: Array<{ text: string; value: string; selected?: boolean }>;
  current?: { text?: string | string[]; value?: string | string[] };
}

export interface Annotation {
  name: string;
  enable?: boolean;
  hide?: boolean;
  iconColor?: string;
  expr?: string;
  step?: string;
  titleFormat?: string;
  useValueForTime?: boolean;
  builtIn?: number;
  target?: { expr?: string };
}

export interface Dashboard {
  uid: string;
  title: string;
  description?: string;
  panels: Panel[];
  time: { from: string; to: string };
  links?: Link[];
  annotations: { list: Annotation[] };
  templating: { list: Variable[] };
}

// The registries that Grafana itself fills at its start; without them no unit, threshold or transformation is applied.
import {
  type Field,
  type FieldConfigPropertyItem,
  FieldConfigOptionsRegistry,
  FieldType,
  createFieldConfigRegistry,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  type DataTransformerInfo,
} from '@grafana/data';

const Nothing = () => null;
const always = () => true;
const numbers = (field: Field) => field.type === FieldType.number;

// Grafana's standard options of a field, and which fields each is for.
const STANDARD: Array<[string, (field: Field) => boolean]> = [
  ['unit', always],
  ['min', numbers],
  ['max', numbers],
  ['fieldMinMax', numbers],
  ['decimals', numbers],
  ['displayName', always],
  ['color', always],
  ['noValue', always],
  ['links', always],
  ['mappings', always],
  ['thresholds', numbers],
  ['filterable', always],
  ['description', always],
];

function item(id: string, path: string, isCustom: boolean, shouldApply: (field: Field) => boolean) {
  return {
    id,
    path,
    name: id,
    isCustom,
    shouldApply,
    settings: {},
    editor: Nothing,
    override: Nothing,
    process: id === 'displayName' ? displayNameOverrideProcessor : identityOverrideProcessor,
  } as unknown as FieldConfigPropertyItem;
}

/** Fill the registries that are global; once, before anything is drawn. */
export function fillRegistries(): void {
  standardFieldConfigEditorRegistry.setInit(() => STANDARD.map(([id, applies]) => item(id, id, false, applies)));
  standardTransformersRegistry.setInit(() =>
    Object.values(standardTransformers)
      .filter((each, index, all) => all.findIndex((other) => other.id === each.id) === index)
      .map((each) => ({
        id: each.id,
        name: each.name,
        transformation: async () => each as DataTransformerInfo,
        editor: Nothing,
        imageDark: '',
        imageLight: '',
      }))
  );
}

/** A registry for one panel: the standard options, and as many of the panel's own as its configuration names. */
export function registryFor(custom: string[]): FieldConfigOptionsRegistry {
  const registry = createFieldConfigRegistry({}, 'panel');
  for (const name of new Set(custom)) {
    registry.register(item(`custom.${name}`, name, true, always));
  }
  return registry;
}

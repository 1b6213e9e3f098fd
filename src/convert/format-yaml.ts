/** Objects as YAML that other readers take for the same: Kubernetes' own reads YAML 1.1, where a bare `no` is false. */
import { stringify } from 'yaml';

export const formatYaml = (value: unknown): string =>
  stringify(value, { compat: 'yaml-1.1', lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false });

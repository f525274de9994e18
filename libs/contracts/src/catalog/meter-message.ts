import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  Filter,
  FilterCondition,
  JsonScalar,
  NumericOperator,
} from '@farthing/domain/metering/filter';
import type { Meter } from '@farthing/domain/metering/meter';
import { Aggregation, FilterOperator } from '../generated/farthing/catalog/v1/catalog_pb.js';
import type {
  FilterClause,
  JsonScalar as JsonScalarMessage,
  JsonScalarSchema,
  Meter as MeterMessage,
  MeterSchema,
} from '../generated/farthing/catalog/v1/catalog_pb.js';
import { named, numbered } from './schedule-message.js';

const AGGREGATIONS: ReadonlyArray<[Aggregation, Meter['aggregation']]> = [
  [Aggregation.COUNT, 'count'],
  [Aggregation.SUM, 'sum'],
  [Aggregation.MAX, 'max'],
  [Aggregation.UNIQUE, 'unique'],
  [Aggregation.LATEST, 'latest'],
];

const NUMERIC: ReadonlyArray<[FilterOperator, NumericOperator]> = [
  [FilterOperator.LT, 'lt'],
  [FilterOperator.LE, 'le'],
  [FilterOperator.GT, 'gt'],
  [FilterOperator.GE, 'ge'],
];

export function meterFromMessage(message: MeterMessage): Meter {
  return {
    tenant: message.tenant,
    key: message.key,
    version: Number(message.version),
    eventTypes: message.eventTypes,
    aggregation: named(AGGREGATIONS, message.aggregation),
    filter: filterFromMessage(message.filter),
    ...(message.valuePointer === '' ? {} : { valuePointer: message.valuePointer }),
    dimensions: message.dimensions.map(({ name, pointer }) => ({ name, pointer })),
    ...(message.unit && { unit: { name: message.unit.name, size: message.unit.size } }),
  };
}

export function meterToMessage(meter: Meter): MessageInitShape<typeof MeterSchema> {
  return {
    tenant: meter.tenant,
    key: meter.key,
    version: BigInt(meter.version),
    eventTypes: [...meter.eventTypes],
    aggregation: numbered(AGGREGATIONS, meter.aggregation),
    filter: meter.filter.map(conditionToMessage),
    valuePointer: meter.valuePointer ?? '',
    dimensions: meter.dimensions.map(({ name, pointer }) => ({ name, pointer })),
    ...(meter.unit && { unit: { name: meter.unit.name, size: meter.unit.size } }),
  };
}

function filterFromMessage(clauses: readonly FilterClause[]): Filter {
  return clauses.map(({ pointer, operator, values }): FilterCondition => {
    const scalars = values.map(scalarFromMessage);
    switch (operator) {
      case FilterOperator.EQ:
        return { op: 'eq', pointer, value: scalars[0] ?? null };
      case FilterOperator.IN:
        return { op: 'in', pointer, values: scalars };
      case FilterOperator.EXISTS:
        return { op: 'exists', pointer, exists: scalars[0] === true };
      case FilterOperator.NE:
        return { op: 'ne', pointer, value: scalars[0] ?? null };
      default:
        return numericCondition(pointer, operator, scalars[0]);
    }
  });
}

function numericCondition(
  pointer: string,
  operator: FilterOperator,
  value: JsonScalar | undefined,
): FilterCondition {
  if (typeof value !== 'number') throw new Error(`the filter operator ${operator} has no number`);
  return { op: named(NUMERIC, operator), pointer, value };
}

function conditionToMessage(condition: FilterCondition) {
  const { pointer } = condition;
  switch (condition.op) {
    case 'eq':
      return { pointer, operator: FilterOperator.EQ, values: [scalarToMessage(condition.value)] };
    case 'in':
      return {
        pointer,
        operator: FilterOperator.IN,
        values: condition.values.map(scalarToMessage),
      };
    case 'exists':
      return {
        pointer,
        operator: FilterOperator.EXISTS,
        values: [scalarToMessage(condition.exists)],
      };
    case 'ne':
      return { pointer, operator: FilterOperator.NE, values: [scalarToMessage(condition.value)] };
    default:
      return {
        pointer,
        operator: numbered(NUMERIC, condition.op),
        values: [scalarToMessage(condition.value)],
      };
  }
}

function scalarFromMessage({ value }: JsonScalarMessage): JsonScalar {
  switch (value.case) {
    case 'text':
    case 'boolean':
      return value.value;
    case 'number':
      return JSON.parse(value.value) as number;
    case undefined:
      return null;
  }
}

function scalarToMessage(scalar: JsonScalar): MessageInitShape<typeof JsonScalarSchema> {
  if (scalar === null) return {};
  if (typeof scalar === 'string') return { value: { case: 'text', value: scalar } };
  if (typeof scalar === 'boolean') return { value: { case: 'boolean', value: scalar } };
  return { value: { case: 'number', value: JSON.stringify(scalar) } };
}

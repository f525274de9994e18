/** How many partitions the topics have that a customer's partition is in. */
export class PartitionCount {
  constructor(readonly value: number) {}
}

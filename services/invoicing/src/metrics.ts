import type { Registry } from '@farthing/adapters/telemetry/metrics-registry';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { CycleRunState } from './cycle-runs/cycle-run.js';

/** Every metric of the service, a function per business event. */
export interface InvoicingMetrics {
  chargesAppended(charges: number): void;
  paymentsAdded(payments: number): void;
  barrierPassed(stream: 'rated' | 'paid', barriers: number): void;
  /** A step of a run is done; the state is the one that it left, or worked in. */
  runMoved(state: CycleRunState, seconds: number): void;
  /** A run stopped with a fault: somebody has to look. */
  runStopped(): void;
  /** A partition stopped with an alarm. */
  partitionHalted(topic: string): void;
  receiptSigned(): void;
}

export function createInvoicingMetrics(registry: Registry): InvoicingMetrics {
  const registers = [registry];
  const charges = new Counter({
    name: 'farthing_invoicing_charges_total',
    help: 'Charges appended to statements',
    registers,
  });
  const payments = new Counter({
    name: 'farthing_invoicing_payments_total',
    help: 'Parts of charges that were paid or became receivable',
    registers,
  });
  const barriers = new Counter({
    name: 'farthing_invoicing_barriers_total',
    help: 'Barriers that came back, by stream',
    labelNames: ['stream'],
    registers,
  });
  const steps = new Histogram({
    name: 'farthing_invoicing_run_step_seconds',
    help: 'Time of one step of a cycle run, by the state in which it was made',
    labelNames: ['state'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300],
    registers,
  });
  const stopped = new Counter({
    name: 'farthing_invoicing_run_faults_total',
    help: 'Cycle runs that stopped with a fault',
    registers,
  });
  const halted = new Gauge({
    name: 'farthing_invoicing_halted_partitions',
    help: 'Partitions that stopped with an alarm, by topic',
    labelNames: ['topic'],
    registers,
  });
  const receipts = new Counter({
    name: 'farthing_invoicing_receipts_total',
    help: 'Receipts signed on request',
    registers,
  });
  return {
    chargesAppended: (count) => charges.inc(count),
    paymentsAdded: (count) => payments.inc(count),
    barrierPassed: (stream, count) => barriers.inc({ stream }, count),
    runMoved: (state, seconds) => steps.observe({ state }, seconds),
    runStopped: () => stopped.inc(),
    partitionHalted: (topic) => halted.inc({ topic }),
    receiptSigned: () => receipts.inc(),
  };
}

/** A law that holds: every execution has its line in the log, and nothing else has one. */
import type { Property } from '../../src/mirror/types.ts';
import type { State } from '../../src/model/index.ts';

const law: Property<State> = {
  id: 'the log has a line for each execution',
  check({ gate }) {
    const records = gate.records.valueSeq().flatMap((nonces) => nonces.valueSeq());
    const executed = records.count(({ kind }) => kind === 'executed');
    return executed === gate.log.size ? undefined : `${executed} executions, ${gate.log.size} lines`;
  },
};
export default law;

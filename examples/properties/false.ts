/** A law that sounds right and isn't: whoever is admitted has the minimum at stake. It is asked for when work begins. */
import type { Property } from '../../src/mirror/types.ts';
import type { State } from '../../src/model/index.ts';
import { stakeOf } from '../../src/model/staking.ts';
import { OperatorStatus } from '../../src/model/state.ts';

const law: Property<State> = {
  id: 'admitted operators have the minimum at stake',
  check(state) {
    const { minSelfBond } = state.parameters.set;
    for (const [id, { status }] of state.operators.operators) {
      const { total } = stakeOf(state, id).selfBond;
      if (status === OperatorStatus.Admitted && total < minSelfBond) return `${id} has ${total} of ${minSelfBond}`;
    }
    return undefined;
  },
};
export default law;

/**
 * The example from attestation to payment, and everything that the gate refuses: what `npm start` shows.
 * @module
 */
import type { DevnetRoles, KeyedAccount } from '../chain/accounts.ts';
import { type Call, encodeCall, send, sendAnyway, simulate } from '../chain/connection.ts';
import { inSnapshot, warp } from '../chain/devtime.ts';
import { formatAgrs, formatDecimal, formatDuration, shortHex } from '../chain/format.ts';
import { govern } from '../chain/governance.ts';
import { CallRefused } from '../chain/refusal.ts';
import type { RefusalName } from '../chain/explanations.ts';
import { TIER_NAMES } from '../chain/tiers.ts';
import type { Hex } from '../codec/hash.ts';
import type { Entry } from '../codec/ids.ts';
import { encodeWords } from '../codec/words.ts';
import { packState } from '../policy/commitments.ts';
import { addressText, evaluatePolicy, type Proposal, type Reason, select } from '../policy/index.ts';
import { DecisionRefusedError } from '../receipts/witness.ts';
import { type Attested, attestState } from './attest.ts';
import { devnetOperators, type KeyedOperator, type System } from './devnet.ts';
import type { Example } from './example.ts';
import {
  actionWords, bindDecision, type Binding, type Execution, executeCall, type Outcome, type Proven, readHoldings, readOutcome,
  sameHoldings, signExecution,
} from './execution.ts';
import { OperatorError } from './failure.ts';
import { proveExecution, readLog } from './log.ts';
import type { DecisionProver } from './prover.ts';
import type { Reporter, Step } from './report.ts';

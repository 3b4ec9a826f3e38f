/**
 * Rules in words, for messages.
 * @module
 */
import { canonicalJson, operandForm } from './canonical.ts';
import { type Operand, type Rule, SYMBOLS } from './document.ts';

/** "treasuryBalance - reserve" */
export function operandText(operand: Operand): string {
  if (operand.kind === 'sum') {
    const [constant, field] = [operandText(operand.constant), operandText(operand.field)];
    return operand.sign === 1 ? `${constant} + ${field}` : `${field} - ${constant}`;
  }
  const form = operandForm(operand);
  return typeof form === 'string' ? form : canonicalJson(form);
}

/** "(paused == 0 and (riskScore < 500 or approvals >= 2))" */
export function ruleText(rule: Rule): string {
  switch (rule.kind) {
    case 'compare':
      return `${operandText(rule.left)} ${SYMBOLS[rule.relation]} ${operandText(rule.right)}`;
    case 'all':
      return `(${rule.members.map(ruleText).join(' and ')})`;
    case 'any':
      return `(${rule.members.map(ruleText).join(' or ')})`;
    case 'threshold':
      return `at least ${rule.k} of (${rule.members.map(ruleText).join('; ')})`;
    case 'not':
      return `not (${ruleText(rule.member)})`;
    default:
      return `deny if ${ruleText(rule.member)}`;
  }
}
